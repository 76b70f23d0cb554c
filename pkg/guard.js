// What a route that needs a session does, in whatever router: let in who is signed in, and send everybody else to the
// provider, once.

import { AuthError } from "keyward";

/** Sign-ins that guards have begun, by instance: routers run the loaders of nested routes at the same time. */
const entering = new WeakMap();

/** Failed sign-ins that a guard has told of: the next visit to the route signs in again. */
const told = new WeakSet();

/** Resolves to the session, or leaves the page. `auth` is an instance, or the promise of one. */
export async function requireAuth(auth, options) {
  // A server does not know who is signed in: the page will.
  if (typeof document === "undefined") return null;
  const instance = await (typeof auth?.instance === "function" ? auth.instance() : auth);
  const { state, redirectResult } = instance;
  if (state.status === "signed_in") return state.session;
  // Not to the provider again by itself: that could go on for ever.
  const failure = redirectResult?.error;
  if (failure && !isUsed() && !told.has(redirectResult)) {
    told.add(redirectResult);
    throw failure;
  }
  return (await enter(instance, options)).session;
}

/** Whether somebody has touched this page: then it is they who want to go there. */
export const isUsed = () => globalThis.navigator?.userActivation?.hasBeenActive ?? false;

/** One sign-in for all guards of an instance. */
export function enter(auth, options) {
  let promise = entering.get(auth);
  if (!promise) {
    const forget = () => entering.delete(auth);
    promise = auth.signIn(options);
    entering.set(auth, promise);
    promise.then(forget, forget);
  }
  return promise;
}

/** What a binding says where there is nothing to bind to. */
export const missing = (what, needs) => new AuthError(`${what} needs ${needs}`, { code: "not_initialized" });
