// What the bindings for frameworks share.

import type { Auth, AuthError, AuthState, IdTokenClaims, Session, SignInOptions } from "./index.js";

/** The functions of {@link Auth}. They wait for the instance where it is not there yet, and on a server they reject. */
export type AuthActions = Pick<Auth, "signIn" | "signOut" | "getAccessToken" | "getUserInfo" | "getAuthHeaders" | "fetch">;

interface Shown extends AuthActions {
  /** The ID token's claims of the active session; null without one, or for a provider without OpenID Connect. */
  readonly user: Readonly<IdTokenClaims> | null;
  /** Why there is no instance (`status` "failed"), or why the last sign-in failed. */
  readonly error: AuthError | null;
  /** `status` is "loading": on a server, and in a page until `init` has looked. */
  readonly isLoading: boolean;
  /** The page was loaded with the response to a sign-in, which is being completed. */
  readonly isReturning: boolean;
  /** `status` is "signed_in". */
  readonly isSignedIn: boolean;
}

/** Who is signed in, as far as that is known. A frozen object; the same until something in it changes. */
export type AuthSnapshot = Shown &
  (
    | {
        readonly status: "loading" | "failed";
        readonly session: null;
        readonly sessions: readonly Session[];
        readonly auth: null;
      }
    | (AuthState & {
        /** The instance, for everything else. */
        readonly auth: Auth;
      })
  );

/** What bindings take instead of a config: an instance, a promise of one (`init` of `keyward/inline`), or a fake in tests. */
export type AuthSource = Auth | Promise<Auth>;

/** For {@link requireAuth}: what may stand for an instance. */
export type AuthGuarded = AuthSource | { instance(): Promise<Auth> };

/**
 * For a router's loader or guard: resolves to the session of who is signed in, and sends everybody else to the provider, once
 * for all loaders that run at the same time. It stays pending then, as the page is being left; give `returnTo` where the
 * address is not yet that of the route. Rejects with the AuthError of a sign-in that has just failed, so that
 * nobody is sent to and fro. On a server it resolves to null: the page decides.
 */
export function requireAuth(auth: AuthGuarded, options?: SignInOptions): Promise<Session | null>;
