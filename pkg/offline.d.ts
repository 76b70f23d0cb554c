// Types of "keyward/offline": who is signed in, for a page without network.

import type { Auth, AuthEvents, AuthState, Session } from "./index.js";

/** A session that says how sure it is. */
export interface OfflineSession extends Session {
  /** Its access token has expired, and the provider has not been heard of since: the user may have lost access meanwhile. */
  readonly stale: boolean;
  /** When the provider has given a token for it last, by this machine's clock. */
  readonly confirmedAt: number;
}

/** As {@link AuthState}, of the sessions that may be shown. */
export type OfflineState =
  | { readonly status: "signed_out"; readonly session: null; readonly sessions: readonly OfflineSession[] }
  | { readonly status: "signed_in" | "reauth_required"; readonly session: OfflineSession; readonly sessions: readonly OfflineSession[] };

export interface OfflineOptions {
  /**
   * How long, in milliseconds, a session that nobody can confirm is shown, counted from `confirmedAt`. After that the state is
   * without it; what is stored stays, and the session is there again as soon as the provider has renewed its token.
   */
  offlineFor: number;
  /** As in the config. Default "keyward". */
  namespace?: string;
  /** What the tabs share. Default `localStorage`. */
  storage?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

export interface OfflineEvents extends AuthEvents {
  /** From now on nobody vouches for this session. */
  stale: { session: OfflineSession };
  /** The provider has renewed it. */
  fresh: { session: OfflineSession };
  /** `offlineFor` is over: the state is without it. */
  withheld: { session: OfflineSession };
}

/** An {@link Auth}: wherever an instance is taken, in the bindings for frameworks too, this one is. */
export interface OfflineAuth extends Omit<Auth, "state" | "subscribe" | "on"> {
  readonly state: OfflineState;
  subscribe(listener: (state: OfflineState) => void): () => void;
  on<E extends keyof OfflineEvents>(type: E, listener: (event: OfflineEvents[E]) => void): () => void;
}

/**
 * The same instance for a page that has to work without network. `fetch` rejects with `network` at once while the browser is
 * offline and there is no valid token.
 *
 * ```js
 * const { withOffline } = await import("keyward/offline");
 * const auth = withOffline(await init(config), { offlineFor: 7 * 24 * 3_600_000 });
 * if (auth.state.session?.stale) banner.show(`as of ${new Date(auth.state.session.confirmedAt)}`);
 * ```
 */
export function withOffline(auth: Auth, options: OfflineOptions): OfflineAuth;
