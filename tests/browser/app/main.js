// The page that the scenarios drive. It does nothing by itself (unless told so): after each load a scenario calls
// `start`, as an app would.

import { EVENTS } from "/pkg/events.js";
import * as keyward from "/pkg/index.js";
import { adapterEntries, localStorageAdapter, rejectingAdapter, throwingAdapter } from "./adapters.js";
import { runContract } from "./contract.js";
import { joinCrew, leadCrew, pester } from "./crew.js";
import { describe, watchErrors } from "./errors.js";
import { storesRest } from "./rest.js";
import { corruptDatabases, corruptLocalStorage, dumpStores, secretsStoredWith } from "./stores.js";
import { changeRecords, deleteDatabase, putRecord, traces } from "./traces.js";
import * as values from "./values.js";

/** Creates the client and returns what an app would look at first. */
async function start(overrides = {}) {
  const auth = await keyward.init(await configuration(overrides));
  if (auth !== window.auth) {
    window.auth = auth;
    for (const type of EVENTS) {
      auth.on(type, (event) => events.push({ type, time: Date.now(), status: auth.state.status, event: plain(event) }));
    }
  }
  return { state: plain(auth.state), redirectResult: plain(auth.redirectResult), url: location.href };
}

/** What StrictMode does: mounted, mounted again without a clean-up between, and once more after one. */
async function mountTwice(overrides) {
  const config = await configuration(overrides);
  const [one, two] = await Promise.all([keyward.init(config), keyward.init({ ...config })]);
  const three = await keyward.init(structuredClone(config));
  const results = [one, two, three].map(({ redirectResult }) => redirectResult?.result?.session.subject);
  one.close();
  const four = await keyward.init(config);
  const { status, session } = four.state;
  const same = one === two && two === three;
  return { same, results, another: four !== one, status, subject: session?.subject, url: location.href };
}

/** What an app's module does when it is evaluated again. */
const initAgain = async (overrides) => keyward.init(await configuration(overrides));

/** A scenario's settings are JSON, so "adapter" stands for an adapter of the app's own. */
async function configuration({ storage, ...overrides }) {
  const { issuer, clientId, apis, isolation } = await (await fetch("/config.json")).json();
  Object.assign(window, { api: apis[0], elsewhere: apis[1] });
  const home = `${location.origin}/`;
  const config = { issuer, clientId, scope: "openid profile email", postLogoutRedirectUri: home, ...overrides };
  if (isolation) config.isolation ??= isolation;
  window.isolated = Boolean(isolation);
  if (overrides.allowedOrigins === "api") config.allowedOrigins = [apis[0]];
  const adapters = { adapter: localStorageAdapter, throws: throwingAdapter, rejects: rejectingAdapter };
  // There, sessions have one place.
  if (isolation && ["session", "memory"].includes(storage)) storage = undefined;
  if (storage !== undefined) config.storage = adapters[storage]?.() ?? storage;
  return config;
}

const events = [];
const problems = watchErrors();

/** Into JSON and back, with errors kept readable. */
function plain(value) {
  const readable = function (name, member) {
    return this[name] instanceof Error ? describe(this[name]) : member;
  };
  return JSON.parse(JSON.stringify(value ?? null, readable));
}

/** Resolves when any tab calls `release`: timers of hidden tabs are late, messages are not. */
function released() {
  const channel = new BroadcastChannel("test-release");
  window.isWaiting = true;
  return new Promise((resolve) => {
    channel.onmessage = () => {
      channel.close();
      window.isWaiting = false;
      resolve();
    };
  });
}

function release() {
  const channel = new BroadcastChannel("test-release");
  channel.postMessage(null);
  channel.close();
}

/** A message as if it came from the popup, or from no window. */
function forgeMessage(data, origin, fromPopup) {
  let source = fromPopup ? window.popup : null;
  try {
    new MessageEvent("message", { source });
  } catch {
    // Firefox takes no window of another origin there.
    source = window;
  }
  dispatchEvent(new MessageEvent("message", { data: JSON.parse(data), origin, source }));
}

/** What an API received since it was asked the last time. */
const received = async (origin) => (await fetch(`${origin}/log`)).json();

Object.assign(window, {
  keyward,
  received,
  start,
  configuration,
  events,
  problems,
  plain,
  describe,
  released,
  forgeMessage,
  release,
  mountTwice,
  initAgain,
  /** An entry of the package that is loaded on demand. */
  load: (entry) => import(`/pkg/${entry}.js`),
  reimport: (version) => import(`/pkg/index.js?${version}`),
  joinCrew,
  leadCrew,
  pester,
  adapterEntries,
  corruptDatabases,
  corruptLocalStorage,
  dumpStores,
  storesRest,
  secretsStoredWith,
  changeRecords,
  runContract,
  deleteDatabase,
  putRecord,
  traces,
  values,
});
document.documentElement.dataset.ready = "yes";

// In a popup or a hidden frame, no scenario is there to call it.
let itself = null;
try {
  itself = localStorage.getItem("starts-by-itself");
} catch {
  // The story is about a browser that blocks it.
}
if (itself) start(JSON.parse(itself));
