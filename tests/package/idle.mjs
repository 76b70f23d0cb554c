// Runs in a project that installed the package: idle sign-out and session lifetime over two tabs, by clocks that stand
// still, jump and are set back. Both tabs are in this process and share a localStorage.

import assert from "node:assert/strict";
import { mock } from "node:test";

import { watchIdle } from "keyward/idle";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let steady = 1000;
const window = new EventTarget();
const document = new EventTarget();
document.visibilityState = "visible";
Object.assign(globalThis, { document, window });
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) globalThis[name] = window[name].bind(window);
performance.now = () => steady;
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 });
delete globalThis.BroadcastChannel;

const locks = (() => {
  let last = Promise.resolve();
  return { request: (_, work) => (last = last.catch(() => {}).then(work)) };
})();
Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });

function area() {
  const map = new Map();
  return {
    map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}

/** Time in which this machine is awake. */
async function pass(milliseconds, step = 250) {
  for (let passed = 0; passed < milliseconds; passed += step) {
    steady += step;
    mock.timers.tick(step);
    await settled();
  }
}
const settled = async () => {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
};

/** Asleep, no timer fires, and the steady clock may stand still. */
async function sleep(milliseconds, goesOn) {
  mock.timers.setTime(Date.now() + milliseconds);
  if (goesOn) steady += milliseconds;
  await settled();
}

function act(type = "keydown") {
  window.dispatchEvent(Object.defineProperty(new Event(type), "isTrusted", { value: true }));
}

const ADA = Object.freeze({ provider: "default", issuer: "https://id.example", clientId: "app", subject: "ada" });
const BOB = Object.freeze({ ...ADA, subject: "bob" });

/** What the tabs of one browser have of the client. */
function browser(...sessions) {
  globalThis.localStorage = area();
  globalThis.sessionStorage = area();
  const listeners = new Set();
  const calls = [];
  const shared = { state: stateOf(sessions), calls, become };
  function become(...next) {
    shared.state = stateOf(next);
    for (const { type, listener } of [...listeners]) if (type === "state") listener(shared.state);
  }
  const hear = (type, listener) => {
    const entry = { type, listener };
    listeners.add(entry);
    return () => listeners.delete(entry);
  };
  shared.tab = (redirectResult = null) => ({
    redirectResult,
    get state() {
      return shared.state;
    },
    subscribe: (listener) => hear("state", listener),
    on: hear,
    signOut: async (options) => {
      calls.push(options);
      become(...shared.state.sessions.filter(({ subject }) => !options.all && subject !== options.subject));
    },
  });
  shared.signIn = (...next) => {
    become(...next);
    const news = { session: next[0], origin: "local" };
    for (const { type, listener } of [...listeners]) if (type === "signedIn") listener(news);
  };
  shared.listeners = listeners;
  return shared;
}

function stateOf(sessions) {
  const [session = null] = sessions;
  return { status: session ? "signed_in" : "signed_out", session, sessions };
}

/** A watch and all that it tells. */
function watched(auth, options) {
  const watch = watchIdle(auth, options);
  const told = [];
  for (const type of ["warning", "countdown", "resumed", "ended"]) watch.on(type, (event) => told.push([type, event]));
  return { watch, told, types: () => told.map(([type]) => type).filter((type) => type !== "countdown") };
}

await twoTabsEndTogether();
await activityInOneTabKeepsTheOther();
await theFirstMoveAfterASleepBringsNothingBack();
await aNightWithoutAnyTabCounts();
await aClockThatIsSetBackWinsNothing();
await aLifetimeEndsWhateverTheUserDoes();
await aSignInInSilenceIsNobody();
await aConfirmedWarningWantsAWord();
await aBlockedStorageLeavesThePagesOwnWatch();
await aSignOutThatFailsIsTriedAgain();
mistakesNameTheMember();

async function twoTabsEndTogether() {
  const shared = browser(ADA);
  const [one, two] = [watched(shared.tab(), { idleAfter: 15 * MINUTE }), watched(shared.tab(), { idleAfter: 15 * MINUTE })];
  assert.equal(one.watch.state.phase, "active");
  await pass(14 * MINUTE - 1000, 1000);
  assert.deepEqual(one.types(), []);
  await pass(1000);
  for (const { told, watch } of [one, two]) {
    assert.deepEqual(told[0][0], "warning");
    assert.equal(told[0][1].reason, "idle");
    assert.equal(told[0][1].remaining, MINUTE);
    assert.equal(watch.state.phase, "warning");
  }
  await pass(MINUTE);
  assert.deepEqual(shared.calls, [], "news of activity elsewhere may be under way");
  await pass(2000);
  assert.deepEqual(shared.calls, [{ mode: "local", all: true }], "one of them signs out");
  for (const { types, told, watch } of [one, two]) {
    assert.deepEqual(types(), ["warning", "ended"]);
    const seconds = told.filter(([type]) => type === "countdown").map(([, { remaining }]) => Math.round(remaining / 1000));
    assert.deepEqual(seconds.slice(0, 3), [60, 59, 58]);
    assert.equal(seconds.at(-1), 1);
    assert.deepEqual(watch.state, { phase: "ended", reason: "idle", endsAt: null });
  }
  assert.equal(localStorage.map.size, 0, "nothing is left");
  one.watch.stop();
  // The page that comes after it knows why; who signs in again begins anew.
  const next = watched(shared.tab(), { idleAfter: 15 * MINUTE });
  assert.deepEqual(next.watch.state, { phase: "ended", reason: "idle", endsAt: null });
  shared.signIn(ADA);
  assert.equal(next.watch.state.phase, "active");
  assert.equal(next.watch.remaining, 15 * MINUTE);
  assert.equal(two.watch.state.phase, "active");
  for (const { watch } of [two, next]) watch.stop();
  assert.equal(shared.listeners.size, 0, "nobody listens any more");
}

async function activityInOneTabKeepsTheOther() {
  const shared = browser(ADA);
  const two = watched(shared.tab(), { idleAfter: 10 * MINUTE });
  await pass(9 * MINUTE + 30_000, 1000);
  assert.equal(two.watch.state.phase, "warning");
  // As another tab would: it writes, and the storage event comes.
  localStorage.setItem("keyward-idle:keyward:last", String(Date.now()));
  window.dispatchEvent(Object.assign(new Event("storage"), { key: "keyward-idle:keyward:last" }));
  assert.deepEqual(two.types(), ["warning", "resumed"]);
  await pass(8 * MINUTE, 1000);
  assert.equal(two.watch.state.phase, "active");
  // Its event is late: what was written before the end counts all the same.
  await pass(2 * MINUTE - 500);
  localStorage.setItem("keyward-idle:keyward:last", String(Date.now()));
  await pass(4000);
  assert.deepEqual(shared.calls, []);
  // Scripts are nobody.
  const before = two.watch.remaining;
  window.dispatchEvent(new Event("keydown"));
  assert.equal(two.watch.remaining, before);
  act();
  assert.equal(two.watch.remaining, 10 * MINUTE);
  await pass(1500);
  assert.equal(Number(localStorage.getItem("keyward-idle:keyward:last")), Date.now() - 1500, "other tabs learn of it");
  two.watch.stop();
}

async function theFirstMoveAfterASleepBringsNothingBack() {
  for (const goesOn of [true, false]) {
    const shared = browser(ADA);
    const one = watched(shared.tab(), { idleAfter: 15 * MINUTE });
    await pass(MINUTE, 1000);
    await sleep(8 * HOUR, goesOn);
    act("pointermove");
    act("keydown");
    one.watch.stay();
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(2000);
    assert.deepEqual(shared.calls, [{ mode: "local", all: true }], `the steady clock ${goesOn ? "went on" : "stood still"}`);
    assert.deepEqual(one.types(), ["ended"]);
    one.watch.stop();
  }
}

async function aNightWithoutAnyTabCounts() {
  const shared = browser(ADA);
  watched(shared.tab(), { idleAfter: 15 * MINUTE }).watch.stop();
  await sleep(8 * HOUR, true);
  const morning = watched(shared.tab(), { idleAfter: 15 * MINUTE });
  act();
  await pass(2000);
  assert.equal(shared.calls.length, 1);
  assert.equal(morning.watch.state.reason, "idle");
  morning.watch.stop();
  // But whoever signs in in the morning is there.
  const again = browser(ADA);
  localStorage.setItem("keyward-idle:keyward:last", String(Date.now() - 8 * HOUR));
  const back = watched(again.tab({ result: { session: ADA }, error: null }), { idleAfter: 15 * MINUTE });
  await pass(2000);
  assert.deepEqual([again.calls, back.watch.state.phase], [[], "active"]);
  back.watch.stop();
}

async function aClockThatIsSetBackWinsNothing() {
  const shared = browser(ADA);
  const options = { idleAfter: 10 * MINUTE, sessionFor: HOUR };
  const one = watched(shared.tab(), options);
  await pass(5 * MINUTE, 1000);
  mock.timers.setTime(Date.now() - 3 * HOUR);
  one.watch.check();
  assert.ok(one.watch.remaining <= 5 * MINUTE, `${one.watch.remaining}`);
  one.watch.stop();
  // A page that is loaded after that takes what lies in the future for now, once.
  const two = watched(shared.tab(), options);
  assert.equal(two.watch.remaining, 10 * MINUTE);
  await pass(5 * MINUTE, 1000);
  two.watch.stop();
  const three = watched(shared.tab(), options);
  assert.equal(three.watch.remaining, 5 * MINUTE);
  three.watch.stop();
}

async function aLifetimeEndsWhateverTheUserDoes() {
  const shared = browser(ADA);
  const one = watched(shared.tab(), { sessionFor: HOUR, warnBefore: 5 * MINUTE });
  await pass(30 * MINUTE, 1000);
  shared.signIn(BOB, ADA);
  for (let minute = 0; minute < 25; minute += 1) {
    await pass(MINUTE, 1000);
    act();
  }
  assert.deepEqual(one.types(), ["warning"]);
  assert.equal(one.watch.state.reason, "lifetime");
  one.watch.stay();
  await pass(4 * MINUTE, 1000);
  one.watch.stop();
  // It goes on over a reload, and the other account's session goes on after it.
  const reloaded = watched(shared.tab(), { sessionFor: HOUR, warnBefore: 5 * MINUTE });
  await pass(MINUTE + 1000, 1000);
  assert.deepEqual(shared.calls, [{ mode: "local", provider: "default", subject: "ada" }]);
  assert.equal(reloaded.told.find(([type]) => type === "ended")[1].session, ADA);
  assert.equal(reloaded.watch.state.phase, "active");
  await sleep(8 * HOUR, false);
  document.dispatchEvent(new Event("resume"));
  await settled();
  assert.deepEqual(shared.calls[1], { mode: "local", provider: "default", subject: "bob" });
  assert.deepEqual(reloaded.watch.state, { phase: "ended", reason: "lifetime", endsAt: null });
  assert.equal(localStorage.map.size, 0);
  // The same user's next session has a whole lifetime.
  shared.signIn(ADA);
  assert.equal(reloaded.watch.remaining, HOUR);
  reloaded.watch.stop();
}

async function aSignInInSilenceIsNobody() {
  const seen = (auth_time) => Object.freeze({ ...ADA, claims: { auth_time } });
  const shared = browser();
  const options = { sessionFor: HOUR, idleAfter: 30 * MINUTE };
  const one = watched(shared.tab(), options);
  shared.signIn(seen(1000));
  await pass(20 * MINUTE, 1000);
  shared.signIn(seen(1000));
  assert.equal(one.watch.remaining, 10 * MINUTE);
  one.watch.stop();
  // Nor is one by a redirect, which ends on another page.
  const two = watched(shared.tab({ result: { session: seen(1000) }, error: null }), options);
  assert.equal(two.watch.remaining, 10 * MINUTE);
  act();
  assert.equal(two.watch.remaining, 30 * MINUTE);
  await pass(15 * MINUTE, 1000);
  act();
  assert.equal(two.watch.remaining, 25 * MINUTE, "the lifetime goes on from the first");
  // Who was asked for the password was there.
  shared.signIn(seen(2000));
  assert.equal(two.watch.remaining, 30 * MINUTE);
  shared.become();
  assert.equal(localStorage.map.size, 0);
  two.watch.stop();
}

async function aConfirmedWarningWantsAWord() {
  const shared = browser(ADA);
  const one = watched(shared.tab(), { idleAfter: 10 * MINUTE, confirm: true, signOut: { mode: "redirect" } });
  await pass(9 * MINUTE + 5000, 1000);
  act();
  assert.equal(one.watch.state.phase, "warning");
  one.watch.stay();
  assert.deepEqual(one.types(), ["warning", "resumed"]);
  await pass(10 * MINUTE + 3000, 1000);
  assert.deepEqual(shared.calls, [{ mode: "redirect", all: true }]);
  one.watch.stop();
  // Who signs out by hand has been signed out by nobody else.
  shared.signIn(ADA);
  const two = watched(shared.tab(), { idleAfter: 10 * MINUTE });
  shared.become();
  assert.deepEqual([two.watch.state.phase, two.types()], ["off", []]);
  two.watch.stop();
}

async function aBlockedStorageLeavesThePagesOwnWatch() {
  const shared = browser(ADA);
  const no = () => { throw new Error("blocked"); };
  globalThis.localStorage = { getItem: no, setItem: no, removeItem: no };
  Object.defineProperty(globalThis, "sessionStorage", { get: no, configurable: true });
  const one = watched(shared.tab(), { idleAfter: 10 * MINUTE });
  await pass(5 * MINUTE, 1000);
  act();
  await pass(6 * MINUTE, 1000);
  assert.deepEqual(shared.calls, []);
  await pass(5 * MINUTE, 1000);
  assert.equal(shared.calls.length, 1);
  assert.deepEqual(one.types(), ["warning", "ended"]);
  one.watch.stop();
  Object.defineProperty(globalThis, "sessionStorage", { value: area(), configurable: true, writable: true });
}

async function aSignOutThatFailsIsTriedAgain() {
  const shared = browser(ADA);
  const auth = shared.tab();
  let failures = 1;
  const { signOut } = auth;
  auth.signOut = async (options) => {
    if (failures-- > 0) throw new Error("no");
    return signOut(options);
  };
  const one = watched(auth, { idleAfter: 10 * MINUTE });
  await pass(10 * MINUTE + 2000, 1000);
  assert.deepEqual(shared.calls, []);
  await pass(8000, 1000);
  assert.equal(shared.calls.length, 1);
  assert.equal(one.watch.state.phase, "ended");
  one.watch.stop();
}

function mistakesNameTheMember() {
  const auth = browser(ADA).tab();
  for (const [options, member] of [
    [undefined, "idleAfter"],
    [{}, "idleAfter"],
    [{ idleAfter: "15m" }, "idleAfter"],
    [{ idleAfter: 15 }, "idleAfter"],
    [{ sessionFor: NaN }, "sessionFor"],
    [{ idleAfter: MINUTE, warnBefore: MINUTE }, "warnBefore"],
    [{ idleAfter: MINUTE, activity: "click" }, "activity"],
    [{ idleAfter: MINUTE, timeout: 3 }, "timeout"],
  ]) {
    assert.throws(() => watchIdle(auth, options), (error) => error.code === "invalid_argument" && error.message.startsWith(`${member}:`));
  }
  const watch = watchIdle(auth, { idleAfter: MINUTE });
  assert.throws(() => watch.on("ending", () => {}), { code: "invalid_argument" });
  assert.throws(() => watch.subscribe(3), { code: "invalid_argument" });
  watch.stop();
}
