// Types of "keyward/idle": idle sign-out and an absolute session lifetime, over all tabs.

import type { Auth, Session, SignOutOptions } from "./index.js";

/** Durations are milliseconds. At least one of `idleAfter` and `sessionFor` is needed. */
export interface IdleOptions {
  /** Without any activity in any tab for so long, everybody is signed out. */
  idleAfter?: number;
  /** So long after its sign-in a session ends, whatever the user does. */
  sessionFor?: number;
  /** How long before that the user is warned. Default: a minute, or half of the shorter time. */
  warnBefore?: number;
  /** Once the warning shows, only {@link IdleWatch.stay} counts as activity. Default false. */
  confirm?: boolean;
  /** The DOM events that count as activity. Default: pointerdown, pointermove, keydown, wheel, touchstart. */
  activity?: string[];
  /** How to sign out. Default `{ mode: "local" }`: the user is not led away from the page. */
  signOut?: Omit<SignOutOptions, "provider" | "subject" | "all">;
  /** As in the config. Default "keyward". */
  namespace?: string;
  /** What the tabs share. Default `localStorage`; `sessionStorage` where sessions are a tab's own (`storage: "session"`). */
  storage?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

export type IdleReason = "idle" | "lifetime";

export interface IdleState {
  /** "off": nobody is signed in. "ended": nobody is, and `reason` says why; a page that is loaded after that knows it, too. */
  readonly phase: "off" | "active" | "warning" | "ended";
  /** What ends next, or has ended, the session. */
  readonly reason: IdleReason | null;
  /** When, if nobody does anything; null unless somebody is signed in. */
  readonly endsAt: number | null;
}

/** Each is told in every tab. */
export interface IdleEvents {
  warning: { reason: IdleReason; endsAt: number; remaining: number };
  /** Every second of the warning, in tabs that can be seen. `remaining` is in milliseconds. */
  countdown: { reason: IdleReason; remaining: number };
  /** The warning is over: somebody is there. */
  resumed: {};
  /** `session` is the one whose lifetime is over while others go on; null if nobody is signed in any more. */
  ended: { reason: IdleReason; session: Session | null };
}

export interface IdleWatch {
  /** The same object until something changes. */
  readonly state: IdleState;
  /** What is left until the end, in milliseconds; null while nobody is signed in. */
  readonly remaining: number | null;
  /** The user is there: for the button of the warning, or while a film plays. Too late it does nothing. */
  stay(): void;
  /** Looks at the clock. Timers and whatever wakes a page call it: an app need not. */
  check(): void;
  subscribe(listener: (state: IdleState) => void): () => void;
  on<E extends keyof IdleEvents>(type: E, listener: (event: IdleEvents[E]) => void): () => void;
  /** Ends this tab's watch. The session stays. */
  stop(): void;
}

/**
 * Watches over the sessions of an instance, in every tab that calls it with the same options.
 *
 * ```js
 * const { watchIdle } = await import("keyward/idle");
 * const watch = watchIdle(auth, { idleAfter: 15 * 60_000, sessionFor: 8 * 3_600_000 });
 * watch.on("countdown", ({ remaining }) => dialog.show(Math.ceil(remaining / 1000), watch.stay));
 * ```
 */
export function watchIdle(auth: Auth, options: IdleOptions): IdleWatch;
