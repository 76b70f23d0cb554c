// Keyward in Solid: a provider, a hook, a guard. Plain functions, no JSX.

import { createComponent, createContext, createEffect, createMemo, createSignal, onCleanup, untrack, useContext } from "solid-js";

import { bindingOf } from "./binding.js";
import { isUsed, missing } from "./guard.js";

export { requireAuth } from "./guard.js";

const Context = createContext();

export function AuthProvider(props) {
  const binding = bindingOf(props.auth ?? props.config);
  const [snapshot, setSnapshot] = createSignal(binding.initial);
  if (typeof document !== "undefined") {
    onCleanup(binding.subscribe(setSnapshot));
    binding.ready().then(() => setSnapshot(binding.snapshot));
    setSnapshot(binding.snapshot);
  }
  // Members that are read where they are used follow it.
  const auth = {};
  for (const name of Object.keys(binding.initial)) Object.defineProperty(auth, name, { enumerable: true, get: () => snapshot()[name] });
  const isReturning = createMemo(() => snapshot().isReturning);
  return createComponent(Context.Provider, {
    value: { auth, binding },
    get children() {
      return createMemo(() => (isReturning() ? props.fallback : props.children));
    },
  });
}

export const useAuth = () => use("useAuth").auth;

export function RequireAuth(props) {
  const { auth, binding } = use("RequireAuth");
  // Who was in is not sent to the provider: signing out would sign in again, and a form that is being filled in stays.
  let wasIn = false;
  const isIn = createMemo(() => {
    const is = auth.isSignedIn || (wasIn && auth.status === "reauth_required");
    wasIn ||= is;
    return is;
  });
  // What failed before this was asked for does not count, if it was a person who asked.
  const former = untrack(() => auth.error);
  const mayEnter = () => !auth.error || (auth.error === former && isUsed());
  const enters = createMemo(() => !isIn() && !wasIn && mayEnter() && ["signed_out", "reauth_required"].includes(auth.status));
  createEffect(() => enters() && binding.enter(props.signIn));
  return createMemo(() => (isIn() ? props.children : createMemo(() => shown(props, auth, enters(), binding))));
}

function shown({ fallback, signIn }, { status, error }, enters, binding) {
  if (typeof fallback !== "function" || fallback.length === 0) return fallback;
  return fallback({ status: enters ? "signing_in" : status, error, signIn: () => binding.enter(signIn) });
}

function use(name) {
  const context = useContext(Context);
  if (!context) throw missing(name, "an <AuthProvider config={...}> above it");
  return context;
}
