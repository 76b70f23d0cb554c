import type { App, ComputedRef } from "vue";

import type { AuthActions, AuthGuarded, AuthSnapshot, AuthSource } from "./binding.js";
import type { Auth, Config, SignInOptions } from "./index.js";

export { requireAuth } from "./binding.js";
export type { AuthActions, AuthGuarded, AuthSnapshot, AuthSource } from "./binding.js";

type Members = "status" | "session" | "sessions" | "user" | "error" | "isLoading" | "isReturning" | "isSignedIn" | "auth";

/** What {@link useAuth} returns: refs of who is signed in, and the functions of `Auth`. */
export type VueAuth = AuthActions & { readonly [Name in Members]: ComputedRef<AuthSnapshot[Name]> };

/**
 * A plugin for `app.use`. In a page it begins there; `await auth.ready()` before the router is made where a sign-in comes back
 * to the app itself, so that the router begins where the sign-in did.
 */
export function createAuth(source: Config | AuthSource): VueAuth & {
  install(app: App): void;
  /** Resolves when it is known who is signed in; at once on a server. */
  ready(): Promise<AuthSnapshot>;
  /** The instance, as soon as there is one. */
  instance(): Promise<Auth>;
};

/** In a component below the plugin's app. */
export function useAuth(): VueAuth;

/**
 * A guard for vue-router's `beforeEnter` and `beforeEach`: lets in who is signed in, and leaves for the provider with the
 * route that was wanted as `returnTo`. It lets everything pass on a server.
 */
export function authGuard(
  auth: AuthGuarded,
  options?: SignInOptions,
): (to: { fullPath: string; href?: string }) => Promise<true>;
