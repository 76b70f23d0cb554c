// Keyward in Angular: a provider, a signal, a guard, an interceptor. Plain functions, which Angular's compiler has
// nothing to do with.

import { Location } from "@angular/common";
import { APP_INITIALIZER, DestroyRef, InjectionToken, inject, makeEnvironmentProviders, NgZone, signal } from "@angular/core";
import { catchError, from, switchMap, throwError } from "rxjs";

import { bindingOf } from "./binding.js";
import { missing, requireAuth } from "./guard.js";

export { requireAuth } from "./guard.js";

const AUTH = new InjectionToken("keyward");

/** The application is ready when it is known who is signed in: the router begins where the sign-in did. */
export function provideAuth(config) {
  return makeEnvironmentProviders([
    { provide: AUTH, useFactory: () => service(config) },
    { provide: APP_INITIALIZER, multi: true, useFactory: () => inject(AUTH).ready },
  ]);
}

export function injectAuth() {
  return inject(AUTH, { optional: true }) ?? fail();
}

function service(config) {
  const binding = bindingOf(config);
  const zone = inject(NgZone);
  const snapshot = signal(binding.initial);
  const look = () => zone.run(() => snapshot.set(binding.snapshot));
  // What waits in there is none of the application's pending tasks.
  const ready = () => zone.runOutsideAngular(() => binding.ready()).then(look);
  if (typeof document !== "undefined") inject(DestroyRef).onDestroy(binding.subscribe(look));
  return { snapshot: snapshot.asReadonly(), ready, instance: binding.instance, config, ...binding.actions };
}

/** A `CanActivateFn` and `CanActivateChildFn`. */
export const authGuard = async (_route, state) => {
  const auth = injectAuth();
  // With what the application's base and its location strategy make of it.
  const returnTo = typeof document === "undefined" ? undefined : new URL(inject(Location).prepareExternalUrl(state.url), document.baseURI).href;
  await requireAuth(auth, { returnTo });
  return true;
};

/** An `HttpInterceptorFn`: the token for `allowedOrigins`, and a newer one once, where the API refuses it. */
export const authInterceptor = (request, next) => {
  const auth = injectAuth();
  const origins = auth.config.allowedOrigins ?? [];
  if (typeof document === "undefined" || !origins.includes(new URL(request.url, document.baseURI).origin)) return next(request);
  const url = new URL(request.urlWithParams, document.baseURI).href;
  const attempt = (options) =>
    from(auth.getAuthHeaders({ url, method: request.method }, options)).pipe(
      switchMap((setHeaders) => next(request.clone({ setHeaders }))),
    );
  return attempt().pipe(
    catchError((error) => (error?.status === 401 ? attempt({ forceRefresh: true }) : throwError(() => error))),
  );
};

function fail() {
  throw missing("injectAuth", "provideAuth({ ... }) among the application's providers");
}
