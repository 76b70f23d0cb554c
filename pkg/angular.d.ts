import type { EnvironmentProviders, Signal } from "@angular/core";
import type { CanActivateFn } from "@angular/router";
import type { HttpInterceptorFn } from "@angular/common/http";

import type { AuthActions, AuthSnapshot, AuthSource } from "./binding.js";
import type { Auth, Config } from "./index.js";

export { requireAuth } from "./binding.js";
export type { AuthActions, AuthGuarded, AuthSnapshot, AuthSource } from "./binding.js";

/** What {@link injectAuth} returns: who is signed in, as a signal, and the functions of `Auth`. */
export interface AngularAuth extends AuthActions {
  readonly snapshot: Signal<AuthSnapshot>;
  /** The instance, as soon as there is one. */
  instance(): Promise<Auth>;
}

/**
 * For `bootstrapApplication`. The application starts when it is known who is signed in, so the router begins where the
 * sign-in did; on a server it starts at once. Nothing waits inside the zone.
 */
export function provideAuth(config: Config | AuthSource): EnvironmentProviders;

/** In an injection context, as `inject` is. */
export function injectAuth(): AngularAuth;

/** For `canActivate` and `canActivateChild`: lets in who is signed in, and leaves for the provider with the route as `returnTo`. */
export const authGuard: CanActivateFn;

/**
 * For `provideHttpClient(withInterceptors([authInterceptor]))`: the token for requests to `allowedOrigins`, nothing for
 * others. Where an API answers 401, the token is renewed and the request repeated once.
 */
export const authInterceptor: HttpInterceptorFn;
