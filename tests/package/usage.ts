// The package as an app of several files uses it, in strict TypeScript. Lines marked as errors must be errors.

import { AuthError, getAccessToken, init, signIn, signOut } from "keyward";
import type { Auth, AuthErrorCode, AuthState, Config, Session, StorageAdapter } from "keyward";

const memory = new Map<string, string>();
const storage: StorageAdapter = {
  get: (key) => memory.get(key) ?? null,
  set: (key, value) => void memory.set(key, value),
  remove: async (key) => void memory.delete(key),
  keys: (prefix) => [...memory.keys()].filter((key) => key.startsWith(prefix)),
};

const config: Config = {
  issuer: "https://id.example",
  clientId: "app",
  scope: "openid profile",
  storage,
  wasm: { source: new URL("https://cdn.example/keyward.wasm"), load: "now" },
  allowedOrigins: ["https://api.example"],
  authorizationParams: { audience: "api" },
  restoreUrl: false,
};

export async function start(): Promise<Auth> {
  const auth = await init(config);
  if (auth.redirectResult?.error) report(auth.redirectResult.error);
  // The status narrows the session.
  if (auth.state.status !== "signed_out") console.log(auth.state.session.subject);
  else auth.state.session satisfies null;
  const stop: () => void = auth.subscribe((state: AuthState) => show(state.session));
  auth.on("refreshFailed", ({ session, error, retryAt }) => {
    show(session);
    report(error);
    console.log(retryAt?.toFixed());
  });
  window.addEventListener("pagehide", stop);
  return auth;
}

export async function call(auth: Auth): Promise<unknown> {
  const token: string = await getAccessToken({ minValiditySeconds: 60, signal: AbortSignal.timeout(1_000) });
  const own: string = await auth.getAccessToken();
  const response: Response = await auth.fetch("https://api.example/me", { auth: { scope: "profile" } });
  const headers: Record<string, string> = await auth.getAuthHeaders({ url: new URL("https://api.example/me") });
  const claims: Record<string, unknown> = await auth.getUserInfo();
  return [token === own, await response.json(), headers, claims];
}

export async function several(): Promise<void> {
  using auth = await init({ providers: { work: { issuer: "https://id.example", clientId: "app", dpop: "auto" } } });
  const { session, appState } = await auth.signIn({ provider: "work", mode: "popup", appState: { from: "menu" } });
  await signIn({ returnTo: "/inbox" });
  await signOut({ subject: session.subject, mode: "local" });
  console.log(appState);
}

function show(session: Session | null): void {
  const email: string | undefined = session?.claims?.email;
  const expiresAt: number | null | undefined = session?.expiresAt;
  console.log(email, expiresAt);
}

function report(error: unknown): void {
  if (!(error instanceof AuthError)) throw error;
  const code: AuthErrorCode = error.code;
  const why: string | null | undefined = error.oauth?.errorDescription;
  console.log(code, error.retryable, why);
}

// @ts-expect-error a provider needs a client id
export const withoutClientId: Config = { issuer: "https://id.example" };
// @ts-expect-error a browser has no secret to keep
export const withSecret: Config = { issuer: "https://id.example", clientId: "app", clientSecret: "x" };
// @ts-expect-error not a code of the contract
export const unknownCode: AuthErrorCode = "oops";
export const frozen = (session: Session): void => {
  // @ts-expect-error sessions are snapshots
  session.subject = "someone else";
};
