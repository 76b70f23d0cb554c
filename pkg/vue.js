// Keyward in Vue: a plugin, a composable, a guard for vue-router.

import { computed, inject, shallowRef } from "vue";

import { bindingOf } from "./binding.js";
import { missing, requireAuth } from "./guard.js";

export { requireAuth } from "./guard.js";

const KEY = Symbol("keyward");
const MEMBERS = ["status", "session", "sessions", "user", "error", "isLoading", "isReturning", "isSignedIn", "auth"];

export function createAuth(source) {
  const binding = bindingOf(source);
  const { ready, instance, actions } = binding;
  const snapshot = shallowRef(binding.initial);
  const refs = Object.fromEntries(MEMBERS.map((name) => [name, computed(() => snapshot.value[name])]));
  const auth = { ...refs, ...actions, ready, instance, install };

  function install(app) {
    app.provide(KEY, auth);
    // On a server nothing changes, and what is rendered there has to be what the page begins with.
    if (typeof document === "undefined") return;
    const look = () => {
      snapshot.value = binding.snapshot;
    };
    const stop = binding.subscribe(look);
    app.onUnmount?.(stop);
    ready().then(look);
  }

  return auth;
}

export function useAuth() {
  const auth = inject(KEY, null);
  if (!auth) throw missing("useAuth", "app.use(createAuth({ ... }))");
  return auth;
}

/** For `beforeEnter`, or for `router.beforeEach`. */
export function authGuard(auth, options) {
  return async (to) => {
    // A route's own address, with what the history adds to it (a base, a "#").
    const returnTo = typeof document === "undefined" ? undefined : new URL(to.href ?? to.fullPath, document.baseURI).href;
    await requireAuth(auth, { returnTo, ...options });
    return true;
  };
}
