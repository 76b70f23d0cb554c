// Runs in a project that installed the package: an identity without network, by clocks that stand still.

import assert from "node:assert/strict";
import { mock } from "node:test";

import { AuthError } from "keyward";
import { withOffline } from "keyward/offline";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let steady = 1000;
const window = new EventTarget();
const document = new EventTarget();
Object.assign(globalThis, { document });
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) globalThis[name] = window[name].bind(window);
performance.now = () => steady;
const network = { onLine: true };
Object.defineProperty(globalThis, "navigator", { value: network, configurable: true });
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 });

const settled = async () => {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
};
async function pass(milliseconds) {
  steady += milliseconds;
  mock.timers.tick(milliseconds);
  await settled();
}
/** No timer fires meanwhile. */
async function sleep(milliseconds) {
  mock.timers.setTime(Date.now() + milliseconds);
  dispatchEvent(new Event("focus"));
  await settled();
}
function become(onLine) {
  network.onLine = onLine;
  dispatchEvent(new Event(onLine ? "online" : "offline"));
}

const sessionUntil = (expiresAt, more) =>
  Object.freeze({ provider: "default", issuer: "https://id.example", clientId: "app", subject: "ada", claims: { sub: "ada", iat: Date.now() / 1000 }, expiresAt, status: "active", error: null, ...more });

function fake(session) {
  const listeners = new Set();
  const hear = (type, listener) => {
    const entry = { type, listener };
    listeners.add(entry);
    return () => listeners.delete(entry);
  };
  const tell = (kind, news) => [...listeners].forEach(({ type, listener }) => type === kind && listener(news));
  const auth = {
    listeners,
    asked: 0,
    fetched: 0,
    redirectResult: null,
    state: stateOf(session),
    subscribe: (listener) => hear("state", listener),
    on: hear,
    become(next) {
      auth.state = stateOf(next);
      tell("state", auth.state);
    },
    refreshed(next, origin = "local") {
      auth.become(next);
      tell("tokenRefreshed", { session: next, origin });
    },
    failed: () => tell("refreshFailed", { session: auth.state.session, error: {}, retryAt: null }),
    answer: async () => { throw new AuthError("no", { code: "network", retryable: true }); },
    getAccessToken: () => (auth.asked += 1, auth.answer()),
    fetch: async () => (auth.fetched += 1, "a response"),
    close() {},
  };
  return auth;
}
function stateOf(session) {
  return { status: session ? "signed_in" : "signed_out", session, sessions: session ? [session] : [] };
}
function started(session, offlineFor = DAY) {
  const map = new Map();
  globalThis.localStorage = {
    map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
  const inner = fake(session);
  return { inner, ...over(inner, offlineFor) };
}
function over(inner, offlineFor = DAY) {
  const auth = withOffline(inner, { offlineFor });
  const told = [];
  for (const type of ["stale", "fresh", "withheld"]) auth.on(type, ({ session }) => told.push([type, session.subject, session.stale]));
  return { auth, told };
}
const isNetwork = (error) => error instanceof AuthError && error.code === "network" && error.retryable;

await aDayWithoutNetwork();
await whoHasSleptIsAskedForFirst();
await aPageThatIsLoadedWithoutNetworkKnows();
await withoutALifetimeTheNetworkDecides();
mistakesNameTheMember();

async function aDayWithoutNetwork() {
  const { inner, auth, told } = started(sessionUntil(Date.now() + HOUR));
  const confirmed = Date.now();
  assert.equal(auth.state.session.stale, false);
  assert.equal(auth.state, auth.state, "the same object until something changes");
  become(false);
  assert.equal(await auth.fetch("https://api.example/"), "a response", "a token that is valid may be used: the network decides");
  await pass(HOUR);
  assert.deepEqual(told, [["stale", "ada", true]]);
  const { session, status } = auth.state;
  assert.deepEqual([status, session.subject, session.stale, session.confirmedAt], ["signed_in", "ada", true, confirmed]);
  assert.equal(inner.state.session.stale, undefined, "the instance's own state is left alone");
  await assert.rejects(auth.fetch("https://api.example/"), isNetwork);
  assert.deepEqual([inner.fetched, inner.asked], [1, 0], "nothing was tried");

  await pass(22 * HOUR);
  assert.equal(auth.state.status, "signed_in");
  let states = 0;
  auth.subscribe(() => (states += 1));
  await pass(HOUR);
  assert.deepEqual(told.at(-1), ["withheld", "ada", true]);
  assert.deepEqual(auth.state, { status: "signed_out", session: null, sessions: [] });
  assert.equal(states, 1);
  assert.equal(inner.state.status, "signed_in", "what is stored stays");

  // Back in the network, and the provider renews it.
  const renewed = sessionUntil(Date.now() + HOUR);
  inner.answer = async () => (inner.refreshed(renewed), "a token");
  become(true);
  await settled();
  assert.equal(inner.asked, 1);
  assert.deepEqual(told.at(-1), ["fresh", "ada", false]);
  assert.deepEqual([auth.state.status, auth.state.session.stale, auth.state.session.confirmedAt], ["signed_in", false, Date.now()]);
  assert.equal(await auth.fetch("https://api.example/"), "a response");
  inner.become(null);
  assert.equal(localStorage.map.size, 0, "of a session that is gone nothing is left");
  auth.close();
  assert.equal(inner.listeners.size, 0);
}

async function whoHasSleptIsAskedForFirst() {
  const { inner, auth, told } = started(sessionUntil(Date.now() + HOUR), 4 * HOUR);
  let arrive;
  inner.answer = () => new Promise((resolve, reject) => (arrive = { resolve, reject }));
  await sleep(8 * HOUR);
  assert.deepEqual(told, [["stale", "ada", true]], "nobody disappears before the provider is asked");
  assert.equal(inner.asked, 1);
  arrive.reject(new AuthError("no", { code: "network", retryable: true }));
  await settled();
  assert.equal(told.at(-1)[0], "withheld");
  assert.equal(auth.state.status, "signed_out");
  // Another tab has had it renewed.
  localStorage.setItem([...localStorage.map.keys()][0], String(Date.now()));
  inner.refreshed(sessionUntil(Date.now() + HOUR), "other_context");
  assert.deepEqual([auth.state.status, auth.state.session.confirmedAt], ["signed_in", Date.now()]);
  auth.close();
}

async function aPageThatIsLoadedWithoutNetworkKnows() {
  const { inner, auth } = started(sessionUntil(Date.now() + HOUR));
  auth.close();
  become(false);
  await sleep(20 * HOUR);
  const next = over(inner);
  assert.deepEqual([next.auth.state.status, next.auth.state.session.stale], ["signed_in", true]);
  // A clock that is set back wins nothing while the page is there.
  mock.timers.setTime(Date.now() - 48 * HOUR);
  steady += 4 * HOUR;
  inner.become(sessionUntil(Date.now() - 1));
  assert.equal(next.auth.state.status, "signed_out");
  next.auth.close();
  become(true);
}

async function withoutALifetimeTheNetworkDecides() {
  const { inner, auth, told } = started(sessionUntil(null));
  await pass(2 * DAY);
  assert.equal(auth.state.session.stale, false);
  become(false);
  assert.deepEqual(told.map(([type]) => type), ["withheld"]);
  become(true);
  inner.refreshed(sessionUntil(null));
  assert.equal(auth.state.session.stale, false);
  inner.failed();
  assert.equal(auth.state.session.stale, true);
  // An end is an end, and nobody waits for it to become fresh.
  inner.become(sessionUntil(Date.now() - 1, { status: "reauth_required" }));
  assert.deepEqual([auth.state.session.status, auth.state.session.stale], ["reauth_required", false]);
  auth.close();
}

function mistakesNameTheMember() {
  for (const [options, member] of [[undefined, "offlineFor"], [{ offlineFor: "1d" }, "offlineFor"], [{ offlineFor: -1 }, "offlineFor"], [{ offlineFor: 1, for: 2 }, "for"]]) {
    assert.throws(() => withOffline(fake(null), options), (error) => error.code === "invalid_argument" && error.message.startsWith(`${member}:`));
  }
}
