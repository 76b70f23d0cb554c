import type { ReactNode } from "react";

import type { AuthSnapshot, AuthSource } from "./binding.js";
import type { AuthError, Config, SignInOptions, SignInResult, TokenOptions } from "./index.js";

export { requireAuth } from "./binding.js";
export type { AuthActions, AuthGuarded, AuthSnapshot, AuthSource } from "./binding.js";

export interface AuthProviderProps {
  /** As for `init`. It may be written inline: configs that say the same are one instance, also in StrictMode. */
  config?: Config;
  /** Instead of `config`: an instance, a promise of one, or a fake in tests. */
  auth?: AuthSource;
  /** What is shown while a sign-in is being completed. The children come after it: a router among them begins where the sign-in did. */
  fallback?: ReactNode;
  /**
   * Is told once where a completed sign-in began, as a path with query and fragment, for routers that navigate themselves: set
   * `restoreUrl: false` with it.
   */
  onReturn?: (path: string, result: SignInResult) => void;
  children?: ReactNode;
}

/** Begins the page's instance and tells those below. On a server, and until it is there, their status is "loading". */
export function AuthProvider(props: AuthProviderProps & ({ config: Config } | { auth: AuthSource })): ReactNode;

/** Who is signed in, and what can be done about it. With `suspense` it suspends instead of saying "loading". */
export function useAuth(options: { suspense: true }): AuthSnapshot & { readonly status: Exclude<AuthSnapshot["status"], "loading"> };
export function useAuth(options?: { suspense?: boolean }): AuthSnapshot;

/**
 * An access token for what needs one at hand (a WebSocket, a viewer), asked for again whenever the session is renewed. For
 * requests call `fetch` or `getAccessToken` of {@link useAuth} when you send them: these never give an expired one.
 */
export function useAccessToken(options?: TokenOptions): {
  readonly token: string | null;
  readonly error: AuthError | null;
  readonly isLoading: boolean;
};

/** What {@link RequireAuth} has to say instead of its children. */
export interface GuardState {
  /** "signing_in": the page is being left. "signed_out": signed out here or in another tab, or `error` says why the sign-in failed. */
  readonly status: "loading" | "signing_in" | "signed_out" | "reauth_required" | "failed";
  readonly error: AuthError | null;
  /** Leaves for the provider. Where that fails, `error` says why; it never rejects. */
  signIn(): Promise<void>;
}

export interface RequireAuthProps {
  children?: ReactNode;
  /**
   * What is shown while nobody is signed in. A function shows more than waiting: whoever has signed out while this was shown, or
   * failed to sign in, is not sent to the provider again by itself. Without a function they get a plain button.
   */
  fallback?: ReactNode | ((guard: GuardState) => ReactNode);
  /** For `signIn`. `returnTo` is by default where the user is. */
  signIn?: SignInOptions;
}

/** Shows its children to who is signed in, and sends others to the provider. Whose session ends here keeps what is shown. */
export function RequireAuth(props: RequireAuthProps): ReactNode;
