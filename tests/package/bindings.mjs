// Runs in a project that installed the package: what all bindings share, through the one that needs no framework, with a
// fake instance as apps have it in their tests.

import assert from "node:assert/strict";

import { AuthError } from "keyward";
import { createAuth, requireAuth } from "keyward/svelte";

globalThis.document = {};
globalThis.location = { href: "https://app.example/orders" };
const reported = [];
globalThis.reportError = (error) => reported.push(error);

const SIGNED_OUT = Object.freeze({ status: "signed_out", session: null, sessions: [] });
const session = { provider: "default", subject: "ada", claims: { sub: "ada", name: "Ada" } };
const SIGNED_IN = Object.freeze({ status: "signed_in", session, sessions: [session] });

function fake(state, redirectResult = null) {
  const listeners = new Set();
  const calls = [];
  return {
    state,
    redirectResult,
    listeners,
    calls,
    /** How the next sign-ins end. */
    outcomes: [],
    become(next) {
      this.state = next;
      for (const listener of listeners) listener(next);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signIn(options) {
      calls.push(options);
      return this.outcomes.shift() ?? new Promise(() => {});
    },
    getAccessToken: async () => "a token",
  };
}
const failure = (code) => new AuthError("no", { code });

await theStoreFollows();
await theGuardSignsInOnce();
await aFailureLeadsNobodyInCircles();
await whatCannotStartIsSaidOnce();

async function theStoreFollows() {
  const auth = fake(SIGNED_OUT);
  let arrive;
  const store = createAuth(new Promise((resolve) => (arrive = resolve)));
  const seen = [];
  const stop = store.subscribe((snapshot) => seen.push(snapshot));
  const early = store.getAccessToken();
  assert.deepEqual(seen.map(({ status, isLoading }) => [status, isLoading]), [["loading", true]]);
  arrive(auth);
  assert.equal(await early, "a token", "a call waits for the instance");
  auth.become(SIGNED_IN);
  assert.deepEqual(seen.map(({ status }) => status), ["loading", "signed_out", "signed_in"]);
  const last = seen.at(-1);
  assert.deepEqual([last.user, last.isSignedIn, last.session, last.auth], [session.claims, true, session, auth]);
  assert.ok(Object.isFrozen(last));
  // The functions stay the same, and nothing is told without a change.
  assert.equal(last.signIn, seen[0].signIn);
  auth.become(SIGNED_IN);
  assert.equal(seen.length, 3);
  stop();
  assert.equal(auth.listeners.size, 0, "nobody listens, and so does the binding not");
  // What happened meanwhile is seen by the next one.
  auth.state = SIGNED_OUT;
  store.subscribe(({ status }) => assert.equal(status, "signed_out"))();
  assert.equal(createAuth(auth).signOut === createAuth(auth).signOut, true, "one instance, one binding");
}

async function theGuardSignsInOnce() {
  const auth = fake(SIGNED_OUT);
  const soon = new Promise((_, reject) => setTimeout(() => reject(failure("network")), 20));
  auth.outcomes = [soon, Promise.resolve({ session })];
  const all = [auth, Promise.resolve(auth), createAuth(auth)].map((source) => requireAuth(source, { returnTo: "/a" }));
  for (const each of await Promise.allSettled(all)) assert.equal(each.reason?.code, "network");
  assert.deepEqual(auth.calls, [{ returnTo: "/a" }], "loaders of nested routes, one sign-in");
  assert.equal(await requireAuth(auth), session, "the next visit tries again");
  auth.become(SIGNED_IN);
  assert.equal(await requireAuth(auth), session);
  assert.equal(auth.calls.length, 2);
}

async function aFailureLeadsNobodyInCircles() {
  const auth = fake(SIGNED_OUT, { result: null, error: failure("access_denied") });
  await assert.rejects(requireAuth(auth), { code: "access_denied" });
  assert.equal(auth.calls.length, 0);
  const store = createAuth(auth);
  assert.equal((await store.ready()).error.code, "access_denied");
  requireAuth(auth);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(auth.calls.length, 1, "the user has come again");
  // Where somebody has touched the page, it is they who want to go there.
  const other = fake(SIGNED_OUT, { result: null, error: failure("access_denied") });
  Object.defineProperty(globalThis, "navigator", { value: { userActivation: { hasBeenActive: true } }, configurable: true });
  other.outcomes = [Promise.resolve({ session })];
  assert.equal(await requireAuth(other), session);
  // The next sign-in takes the error away.
  let snapshot;
  store.subscribe((next) => (snapshot = next));
  store.signIn();
  assert.equal(snapshot.error, null);
}

async function whatCannotStartIsSaidOnce() {
  const store = createAuth(Promise.reject(failure("wasm_blocked")));
  const { status, error, session: none, auth } = await store.ready();
  assert.deepEqual([status, error.code, none, auth], ["failed", "wasm_blocked", null, null]);
  await store.ready();
  assert.deepEqual(reported.map(({ code }) => code), ["wasm_blocked"]);
  await assert.rejects(store.getAccessToken(), { code: "wasm_blocked" });
}
