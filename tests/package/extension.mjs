// Runs in a project that installed the package: the parts of `keyward/extension` over a browser's API for extensions that is
// made up here, and can be killed, full, or without something.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { testStorage } from "keyward/testing";

const folder = dirname(createRequire(import.meta.url).resolve("keyward/package.json"));
const part = (name) => import(pathToFileURL(join(folder, `${name}.js`)));
const ID = "abcdefghijklmnopabcdefghijklmnop";
const HOME = `chrome-extension://${ID}/`;
const GIVEN = `https://${ID}.chromiumapp.org/`;

const event = () => {
  const listeners = new Set();
  return { addListener: (one) => listeners.add(one), removeListener: (one) => listeners.delete(one), fire: (...news) => [...listeners].forEach((one) => one(...news)) };
};

/** A storage area. `room` is how many characters fit. */
function area() {
  const values = new Map();
  const size = () => [...values].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return {
    values,
    room: Infinity,
    async get(key) {
      if (key === null) return Object.fromEntries(values);
      return values.has(key) ? { [key]: values.get(key) } : {};
    },
    async set(items) {
      for (const [key, value] of Object.entries(items)) {
        const before = values.get(key);
        values.set(key, value);
        if (size() <= this.room) continue;
        if (before === undefined) values.delete(key);
        else values.set(key, before);
        throw new Error("Session storage quota bytes exceeded. Values were not stored.");
      }
    },
    remove: async (key) => void values.delete(key),
    setAccessLevel: async ({ accessLevel }) => void assert.equal(accessLevel, "TRUSTED_CONTEXTS"),
  };
}

function browser({ permissions = ["identity", "storage", "alarms"], launch = async () => "" } = {}) {
  const alarms = new Map();
  const has = (permission, api) => (permissions.includes(permission) ? api : undefined);
  return (globalThis.chrome = {
    runtime: {
      id: ID,
      getURL: (path) => HOME + path,
      getManifest: () => ({ permissions }),
      getPlatformInfo: async () => ({}),
      sendMessage: async () => {},
      onConnect: event(),
      onConnectExternal: event(),
      onMessage: event(),
    },
    storage: has("storage", { session: area(), local: area() }),
    alarms: has("alarms", {
      onAlarm: event(),
      all: alarms,
      create: async (name, { when }) => void alarms.set(name, { name, scheduledTime: when }),
      get: async (name) => alarms.get(name),
      clear: async (name) => alarms.delete(name),
    }),
    identity: has("identity", { getRedirectURL: () => GIVEN, launchWebAuthFlow: launch }),
  });
}

const coded = (code, ...words) => (error) => {
  assert.equal(error.name, "AuthError");
  assert.equal(error.code, code, error.message);
  for (const word of words) assert.ok(error.message.includes(word), `${JSON.stringify(word)} is in ${error.message}`);
  return true;
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

await sessionsLieWhereTheOptionSays();
await aKilledWorkerLosesAnAccessTokenAtMost();
await whatIsMissingIsNamed();
await sendersAreJudged();
await messagesKeepWhatErrorsAre();
await flowsFollowOneAnother();
await alarmsStandForTimers();

async function sessionsLieWhereTheOptionSays() {
  const { areas } = await part("extension-areas");
  for (const refreshToken of ["session", "local"]) {
    for (const isSession of [() => true, () => false]) {
      const stores = {};
      browser();
      const open = (name) => {
        const inner = areas(refreshToken, isSession);
        const own = (key) => `${name}/${key}`;
        return {
          get: (key) => inner.get(own(key)),
          set: (key, value) => inner.set(own(key), value),
          remove: (key) => inner.remove(own(key)),
          keys: async (prefix) => (await inner.keys(own(prefix))).map((key) => key.slice(name.length + 1)),
        };
      };
      const failed = (await testStorage(open)).filter(({ outcome }) => outcome === "failed");
      assert.deepEqual(failed.map(({ name, error }) => `${name}: ${error.message}`), [], refreshToken);
      assert.deepEqual(stores, {});
    }
  }
}

async function aKilledWorkerLosesAnAccessTokenAtMost() {
  const { areas, close } = await part("extension-areas");
  const { storage } = browser();
  await close("local");
  const notes = [];
  const adapter = areas("local", (key) => key.startsWith("k:session:"), (cause) => notes.push(cause));
  const record = (count) => JSON.stringify({ v: 1, generation: count, access: { token: `access-${count}` }, refresh: `refresh-${count}`, tokens: [{ access: { token: "more" } }] });
  await adapter.set("k:session:a", record(1));
  await adapter.set("k:cache:metadata", "{}");
  assert.equal(await adapter.get("k:session:a"), record(1));
  const onDisk = [...storage.local.values].flat().join();
  assert.ok(onDisk.includes("refresh-1") && !onDisk.includes("access-1") && !onDisk.includes("more"), onDisk);
  assert.deepEqual([...storage.local.values.keys()], ["k:session:a"], "the rest may go with the browser");

  const { set } = storage.session;
  storage.session.set = () => new Promise(() => {});
  adapter.set("k:session:a", record(2));
  await turn();
  storage.session.set = set;
  const killed = JSON.parse(await adapter.get("k:session:a"));
  assert.deepEqual([killed.refresh, killed.access], ["refresh-2", undefined], "killed between the two writes");

  storage.session.room = 10;
  await adapter.set("k:session:a", record(3));
  assert.equal(JSON.parse(await adapter.get("k:session:a")).refresh, "refresh-3", "no room in storage.session");
  assert.match(notes[0].message, /quota/);
  await assert.rejects(adapter.set("k:transaction:x", "1"), /quota/);
  storage.session.room = Infinity;

  await adapter.set("k:session:a", record(4));
  storage.session.values.clear();
  assert.equal(JSON.parse(await adapter.get("k:session:a")).refresh, "refresh-4", "the browser was closed");
  assert.deepEqual(await adapter.keys("k:"), ["k:session:a"]);
  await adapter.remove("k:session:a");
  assert.deepEqual([storage.local.values.size, storage.session.values.size], [0, 0]);
}

async function whatIsMissingIsNamed() {
  const { init, redirectUri } = await import("keyward/extension");
  const config = { issuer: "https://id.example", clientId: "app" };
  const without = (lost) => browser({ permissions: ["identity", "storage", "alarms"].filter((each) => each !== lost) });
  without("storage");
  await assert.rejects(init(config), coded("invalid_config", "permissions", '"storage"'));
  without("alarms");
  await assert.rejects(init(config), coded("invalid_config", "permissions", '"alarms"'));
  without("identity");
  await assert.rejects(init(config), coded("invalid_config", "redirectUri", '"identity"'));
  assert.equal(redirectUri(), null);
  const noApi = browser();
  delete noApi.identity;
  await assert.rejects(init(config), coded("invalid_config", "no identity API", `${HOME}callback.html`));
  delete browser().storage.session;
  await assert.rejects(init(config), coded("unsupported", "storage.session", "minimum_chrome_version"));
  browser();
  assert.equal(redirectUri(), GIVEN);
  const foreign = `https://${ID.replaceAll("a", "b")}.chromiumapp.org/`;
  await assert.rejects(init({ ...config, redirectUri: foreign }), coded("invalid_config", "redirectUri", "another extension", GIVEN));
  const several = { providers: { a: { ...config, redirectUri: foreign } } };
  await assert.rejects(init(several), coded("invalid_config", "providers.a.redirectUri"));
  for (const [member, value] of Object.entries({ storage: "local", openUrl: () => {}, isolation: "worker" })) {
    await assert.rejects(init({ ...config, [member]: value }), coded("invalid_config", `${member}:`));
  }
  const wrong = { refreshToken: "disk", pages: "popup.html", contentScripts: ["https://a.example/path"], signInTimeout: 0, other: 1 };
  for (const [member, value] of Object.entries(wrong)) {
    await assert.rejects(init({ ...config, extension: { [member]: value } }), coded("invalid_config", `extension.${member}`));
  }
  await assert.rejects(init(null), coded("invalid_config"));

  // Its pages are told the same, also those that come later.
  const { runtime } = browser();
  const failing = init({ ...config, redirectUri: foreign });
  const [early, late] = [port(), port()];
  runtime.onConnect.fire(early);
  await failing.catch(() => {});
  runtime.onConnect.fire(late);
  for (const { heard, isOpen } of [early, late]) {
    assert.ok(JSON.stringify(heard[0].refused).includes("another extension"), JSON.stringify(heard));
    assert.equal(isOpen(), false);
  }
}

function port(sender = { id: ID, url: `${HOME}popup.html` }, name = "keyward:keyward") {
  const heard = [];
  let open = true;
  return {
    name,
    sender,
    heard,
    isOpen: () => open,
    onMessage: event(),
    onDisconnect: event(),
    postMessage: (message) => void heard.push(JSON.parse(JSON.stringify(message))),
    disconnect: () => (open = false),
    async ask(method, ...values) {
      this.onMessage.fire({ id: 1, method, values });
      await turn();
      const { error, value } = heard.pop();
      return error ? Object.values(error)[0] : value;
    },
  };
}

async function sendersAreJudged() {
  browser();
  const { Hub } = await part("extension-hub");
  const called = [];
  const core = { call: async (...call) => (called.push(call), "answer"), fetch: async () => new Response("body", { status: 200 }) };
  const config = {
    allowedOrigins: ["https://api.example"],
    extension: { pages: ["popup.html"], contentScripts: ["https://app.example", { origin: "https://trusted.example", accessToken: true }] },
  };
  const hub = new Hub("keyward", config, async () => core);
  hub.tell("state", { status: "signed_out", session: null, sessions: [] });
  hub.open();
  const connected = (sender, isForeign = false) => {
    const one = port(sender);
    hub.connect(one, isForeign);
    return one;
  };
  const refused = (sender, isForeign, ...words) => {
    const one = connected(sender, isForeign);
    const [{ message }] = Object.values(one.heard[0].refused);
    for (const word of words) assert.ok(message.includes(word), message);
    assert.equal(one.isOpen(), false);
  };
  refused({ id: "another", url: "chrome-extension://another/x.html" }, true, "own pages");
  refused({ id: "another", url: `${HOME}popup.html` }, false, "own pages");
  refused({ id: undefined, url: "https://app.example/" }, true, "own pages");
  refused({ id: ID, url: `${HOME}other.html` }, false, "/other.html", "extension.pages");
  refused({ id: ID, url: "https://evil.example/", origin: "https://evil.example" }, false, "https://evil.example", "contentScripts");
  refused({ id: ID, url: `https://evil.example/#${HOME}popup.html` }, false, "https://evil.example");
  refused({ id: ID, url: `${HOME}popup.html`, origin: "null" }, false, "null");
  refused({ id: ID, url: "about:blank", origin: "null" }, false, "null");

  const page = connected({ id: ID, url: `${HOME}popup.html?x#y`, origin: HOME.slice(0, -1) });
  assert.equal(page.heard[0].news.status, "signed_out");
  assert.equal(await page.ask("getAccessToken", { forceRefresh: true }), "answer");
  assert.equal(called.pop()[1].forceRefresh, true);
  for (const method of ["start", "close", "constructor", "fetch", "__proto__"]) {
    assert.equal((await page.ask(method)).code, "invalid_argument", method);
  }
  const script = connected({ id: ID, url: "https://app.example/page", origin: "https://app.example" });
  assert.deepEqual(script.heard, [{ hello: ["https://api.example"], news: null }], "neither the state nor the events are for scripts");
  for (const method of ["getAccessToken", "getAuthHeaders", "getUserInfo", "signOut", "signIn", "handleRedirect"]) {
    assert.equal((await script.ask(method, {})).code, "unsupported", method);
  }
  assert.equal((await script.ask("request", { url: "https://elsewhere.example/" })).code, "invalid_argument");
  script.onMessage.fire({ id: 2, method: "request", values: [{ url: "https://api.example/", method: "GET", headers: [], credentials: "include" }] });
  await turn();
  assert.deepEqual(script.heard.slice(1).map(({ value, part, end }) => value?.status ?? part ?? end), [200, btoa("body"), true]);
  const trusted = connected({ id: ID, url: "https://trusted.example/", origin: "https://trusted.example" });
  assert.equal(await trusted.ask("getAccessToken"), "answer");
  hub.tell("signedIn", {});
  assert.deepEqual([page, script, trusted].map(({ heard }) => heard.some(({ tell }) => tell === "signedIn")), [true, false, false]);

  const hidden = new Hub("keyward", { exposeAccessToken: false }, async () => core);
  hidden.open();
  const own = port();
  hidden.connect(own, false);
  assert.equal((await own.ask("getAccessToken")).code, "unsupported");
}

async function messagesKeepWhatErrorsAre() {
  const { packed, unpacked } = await part("extension-messages");
  const { AuthError } = await import("keyward/extension/page");
  const error = new AuthError("why", { code: "network", retryable: true, provider: "a", oauth: { error: "x", errorDescription: null } });
  const sent = { error, claims: { "\u0000error": { message: "no error" }, "\u0000\u0000": 1, list: [1.5, null, error] } };
  const got = unpacked(JSON.parse(JSON.stringify(packed(sent))));
  assert.ok(got.error instanceof AuthError && got.claims.list[2] instanceof AuthError);
  assert.deepEqual([got.error.message, got.error.code, got.error.retryable, got.error.oauth.error], ["why", "network", true, "x"]);
  assert.deepEqual(Object.keys(got.claims), ["\u0000error", "\u0000\u0000", "list"]);
  assert.equal(got.claims["\u0000error"].message, "no error");
  assert.ok(Object.isFrozen(got.claims.list));
}

async function flowsFollowOneAnother() {
  const { Flows } = await part("extension-flows");
  const launched = [];
  browser({ launch: ({ url }) => new Promise((resolve, reject) => launched.push({ url, resolve, reject })) });
  const flows = new Flows([]);
  const visit = (name) => {
    const call = {};
    const opened = flows.open(false, undefined, call);
    return { call, opened, answer: flows.visit(opened, `https://id.example/auth?state=${name}`, name) };
  };
  const [one, two, three] = ["one", "two", "three"].map(visit);
  await turn();
  assert.deepEqual(launched.map(({ url }) => url.slice(-3)), ["one"], "two at once fail in Chromium, and are mixed up in Firefox");
  launched[0].resolve("https://given/?state=one");
  assert.equal(await one.answer, "https://given/?state=one");
  one.opened.close();
  await turn();
  launched[1].reject(new Error("The user did not approve access."));
  assert.equal(await two.answer, null);
  assert.ok(coded("popup_closed", GIVEN)(two.call.failure));
  await turn();
  // Nobody waits any more: for the time that it may take, or by a signal.
  three.opened.close();
  assert.equal(await three.answer, null);
  const four = visit("four");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(launched.length, 4, "a flow that never ends keeps nobody from the next");
  launched[3].reject(new Error("Authorization page could not be loaded."));
  await four.answer;
  assert.ok(coded("network")(four.call.failure));
}

async function alarmsStandForTimers() {
  const { alarms } = browser();
  const { Alarms } = await part("extension-alarms");
  const asked = [];
  const core = async () => ({ call: async (method, options) => void asked.push([method, options]) });
  const session = (expiresAt, subject = "a") => ({ provider: "p", subject, status: "active", expiresAt });
  const set = () => alarms.all.get("keyward:k")?.scheduledTime;
  const now = Date.now();
  const mine = new Alarms("k", undefined, core);
  mine.hear("state", { sessions: [session(now + 3_600_000)] });
  await turn();
  const first = set();
  assert.ok(first >= now + 3_600_000 - 90_000 && first <= now + 3_600_000 - 59_000, `${first - now}`);
  const woken = new Alarms("k", undefined, core);
  woken.hear("state", { sessions: [session(now + 3_600_000)] });
  await turn();
  assert.equal(set(), first, "a worker that was woken leaves it");
  woken.hear("refreshFailed", { retryAt: now + 200_000 });
  await turn();
  assert.equal(set(), now + 200_000);
  woken.hear("state", { sessions: [session(now + 20_000), session(now + 3_600_000, "b"), { ...session(now), status: "reauth_required" }] });
  await turn();
  assert.ok(set() >= now + 30_000, "no earlier than browsers ring");
  await woken.rang("another");
  assert.deepEqual(asked, []);
  await woken.rang("keyward:k");
  assert.deepEqual(asked.map(([method, { subject }]) => [method, subject]), [["getAccessToken", "a"]]);
  assert.ok(asked[0][1].minValiditySeconds >= 20);
  woken.hear("state", { sessions: [] });
  await turn();
  assert.equal(set(), undefined, "nobody is signed in");
}
