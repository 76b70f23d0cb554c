"use client";
// Keyward in React: a provider, hooks, a guard. Plain functions, no JSX.

import { createContext, createElement, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import { bindingOf } from "./binding.js";
import { isUsed, missing } from "./guard.js";

export { requireAuth } from "./guard.js";

const Context = createContext(null);

/** Redirect results that `onReturn` was told of: StrictMode runs effects twice. */
const told = new WeakSet();

export function AuthProvider({ config, auth, fallback = null, onReturn, children }) {
  const source = auth ?? config;
  // Equal configs are one binding, however often React begins to render.
  const binding = useMemo(() => bindingOf(source), [source]);
  // In rendering: before a router below reads the address.
  binding.ready();
  const { isReturning } = useSnapshot(binding);
  useEffect(() => {
    binding.config = source;
  });
  useEffect(() => {
    binding.ready().then(({ auth: instance }) => {
      const came = instance?.redirectResult;
      if (!came?.result || told.has(came)) return;
      told.add(came);
      const { pathname, search, hash } = new URL(came.result.returnTo ?? "/", location.href);
      onReturn?.(pathname + search + hash, came.result);
    });
  }, [binding]);
  return createElement(Context.Provider, { value: binding }, isReturning ? fallback : children);
}

export function useAuth({ suspense = false } = {}) {
  const binding = useBinding("useAuth");
  const snapshot = useSnapshot(binding);
  if (suspense && snapshot.isLoading) {
    // React leaves the boundary to the page then.
    if (typeof document === "undefined") throw new Error("who is signed in is known in the page only");
    throw binding.ready();
  }
  return snapshot;
}

export function useAccessToken(options) {
  const { session, isLoading, getAccessToken } = useAuth();
  const [answer, setAnswer] = useState(null);
  const [key, subject] = [JSON.stringify(options ?? {}), session && JSON.stringify([session.provider, session.subject])];
  useEffect(() => {
    let isCurrent = Boolean(session);
    const tell = (token, error) => isCurrent && setAnswer({ key, subject, token, error });
    if (session) getAccessToken(options).then((token) => tell(token, null), (error) => tell(null, error));
    return () => {
      isCurrent = false;
    };
    // `key` says what is in the options; a session that was renewed is another object.
  }, [session, key]);
  const fits = session && answer?.key === key && answer.subject === subject;
  return { token: fits ? answer.token : null, error: fits ? answer.error : null, isLoading: isLoading || Boolean(session && !fits) };
}

export function RequireAuth({ children, fallback = null, signIn: options }) {
  const binding = useBinding("RequireAuth");
  const { status, error, isSignedIn } = useSnapshot(binding);
  // Who was in is not sent to the provider: signing out would sign in again, and a form that is being filled in stays.
  const [wasIn, setWasIn] = useState(isSignedIn);
  if (isSignedIn && !wasIn) setWasIn(true);
  const isIn = isSignedIn || (wasIn && status === "reauth_required");
  // What failed before this was asked for does not count, if it was a person who asked.
  const [former] = useState(error);
  const mayEnter = !error || (error === former && isUsed());
  const enters = !isIn && !wasIn && mayEnter && (status === "signed_out" || status === "reauth_required");
  useEffect(() => {
    if (enters) binding.enter(options);
  }, [binding, enters]);
  if (isIn) return children;
  const waits = enters || status === "loading";
  const begin = () => binding.enter(options);
  if (typeof fallback === "function") return fallback({ status: waits ? (enters ? "signing_in" : "loading") : status, error, signIn: begin });
  if (status === "failed") throw error;
  return waits ? fallback : createElement("button", { type: "button", onClick: begin }, "Sign in");
}

function useBinding(name) {
  const binding = useContext(Context);
  if (!binding) throw missing(name, "an <AuthProvider config={...}> above it");
  return binding;
}

const useSnapshot = (binding) => useSyncExternalStore(binding.subscribe, () => binding.snapshot, () => binding.initial);
