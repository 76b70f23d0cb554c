// The storage contract and the provider for tests in strict TypeScript. Lines marked as errors must be errors.

import type { StorageAdapter } from "keyward";
import { contractTable, fakeProvider, storageContract, testStorage } from "keyward/testing";
import type { ContractResult } from "keyward/testing";

declare const adapter: StorageAdapter;
export const results: Promise<ContractResult[]> = testStorage(() => adapter, { shared: false, timeout: 1000 });
export const later: Promise<ContractResult[]> = testStorage(async (name) => (name === "" ? adapter : adapter));
export const table: string = contractTable({ mine: [{ name: "a", outcome: "failed", error: new Error("b") }] });
export const names: string[] = storageContract.map((test) => test.name);
// @ts-expect-error: an adapter has more than this.
testStorage(() => ({ get: () => null }));
// @ts-expect-error: there is no such outcome.
contractTable({ mine: [{ name: "a", outcome: "good", error: null }] });

export async function story(): Promise<string> {
  using provider = await fakeProvider({ issuer: "https://id.example", metadata: { revocation_endpoint: undefined } });
  const end: () => void = provider.fail("lost", { at: "token", times: 1 });
  provider.fail(new Response(null, { status: 500 }));
  provider.fail((request, answer) => (request.method === "POST" ? answer() : Response.error()));
  provider.api("https://api.example/", (_, { user, scope }) => Response.json([user.sub, scope]));
  const auth = await provider.signedIn({ sub: "ada" }, { ...provider.config, scope: "openid email" });
  await provider.advance(1000);
  end();
  // @ts-expect-error: there is no such fault.
  provider.fail("sad");
  // @ts-expect-error: a user has a `sub`.
  provider.signIn({ name: "Ada" });
  // @ts-expect-error: there is no such option.
  await fakeProvider({ issuers: [] });
  return auth.getAccessToken();
}
