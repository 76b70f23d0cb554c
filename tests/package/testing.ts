// The storage contract in strict TypeScript. Lines marked as errors must be errors.

import type { StorageAdapter } from "keyward";
import { contractTable, storageContract, testStorage } from "keyward/testing";
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
