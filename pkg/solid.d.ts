import type { JSX } from "solid-js";

import type { AuthSnapshot, AuthSource } from "./binding.js";
import type { AuthError, Config, SignInOptions } from "./index.js";

export { requireAuth } from "./binding.js";
export type { AuthActions, AuthGuarded, AuthSnapshot, AuthSource } from "./binding.js";

export interface AuthProviderProps {
  /** As for `init`; read once. */
  config?: Config;
  /** Instead of `config`: an instance, a promise of one, or a fake in tests. */
  auth?: AuthSource;
  /** What is shown while a sign-in is being completed. The children come after it: a router among them begins where the sign-in did. */
  fallback?: JSX.Element;
  children?: JSX.Element;
}

/** Begins the page's instance and tells those below. On a server, and until it is there, their status is "loading". */
export function AuthProvider(props: AuthProviderProps & ({ config: Config } | { auth: AuthSource })): JSX.Element;

/** Who is signed in: members are reactive where they are read, so don't take it apart. */
export function useAuth(): AuthSnapshot;

/** What {@link RequireAuth} has to say instead of its children. */
export interface GuardState {
  /** "signing_in": the page is being left. "signed_out": signed out here or in another tab, or `error` says why the sign-in failed. */
  readonly status: "loading" | "signing_in" | "signed_out" | "reauth_required" | "failed";
  readonly error: AuthError | null;
  /** Leaves for the provider. Where that fails, `error` says why; it never rejects. */
  signIn(): Promise<void>;
}

export interface RequireAuthProps {
  children?: JSX.Element;
  /** What is shown while nobody is signed in. A function with a parameter can say more than that, and offer to sign in again. */
  fallback?: JSX.Element | ((guard: GuardState) => JSX.Element);
  /** For `signIn`. `returnTo` is by default where the user is. */
  signIn?: SignInOptions;
}

/** Shows its children to who is signed in, and sends others to the provider. Whose session ends here keeps what is shown. */
export function RequireAuth(props: RequireAuthProps): JSX.Element;
