// What the package's entries have in common: the page's default instance, and the way from a config to an instance.

import { Auth } from "./auth.js";
import { AuthError } from "./errors.js";
import { Head } from "./head.js";
import { check, fetchOnce, whenIdle } from "./module.js";
import { page } from "./wasm/page.js";

/** What an entry exports. `core` brings core.js. */
export function entry(core) {
  /** The latest `init`: what it was called with, and the instance as soon as there is one. */
  let current = null;

  function init(config) {
    const key = fingerprint(config);
    const same = current && current.key === key && !(current.auth && Auth.isClosed(current.auth));
    if (!same) current = begin(key, config);
    // A promise of the caller's own: one that nobody looks at is reported as such.
    return current.ready.then((auth) => auth);
  }

  function begin(key, config) {
    const before = current;
    const mine = { key, auth: null, ready: started(core, config) };
    mine.ready.then(
      (auth) => (mine.auth = auth),
      () => {
        // What failed leaves no trace: the instance before it, if any, is the default again.
        if (current === mine) current = before;
      },
    );
    return mine;
  }

  function ofDefault(method, options) {
    if (current?.auth) return current.auth[method](options);
    if (current) return current.ready.then((auth) => auth[method](options));
    return Promise.reject(new AuthError(`call init before ${method}`, { code: "not_initialized" }));
  }

  return {
    init,
    createAuth: (config) => started(core, config),
    signIn: (options) => ofDefault("signIn", options),
    signOut: (options) => ofDefault("signOut", options),
    getAccessToken: (options) => ofDefault("getAccessToken", options),
  };
}

/**
 * An instance: from what the module has left for this page, if that is enough to begin with, and else as soon as the
 * module is there.
 */
async function started(core, config) {
  check(config?.wasm);
  // A page that is rendered before anybody has asked for it touches nothing.
  if (globalThis.document?.prerendering) {
    await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve, { once: true }));
  }
  const response = page.url && ["code", "error", "state"].some((name) => new URL(page.url).searchParams.has(name));
  const head = response || page.url === undefined ? null : await Head.of(config);
  if (!head) return Auth.start(await maker(core, config));
  const auth = Auth.begin(head, (isUrgent) => maker(core, config, isUrgent));
  if (config.wasm?.load === "now") Auth.prepare(auth, true);
  else whenIdle(() => Auth.prepare(auth, false), head.rest / 2);
  return auth;
}

/** What makes the core of an instance. */
async function maker(core, config, isUrgent = true) {
  if (config?.isolation === "worker") {
    const { connect } = await import("./vault.js");
    return connect(config);
  }
  // Beside the glue, not after it.
  fetchOnce(config?.wasm, isUrgent);
  const { LocalCore, loadOnce } = await core();
  await loadOnce(config?.wasm);
  return (tell, page) => new LocalCore(config, tell, page);
}

/** Equal for configs that say the same, in whatever order; functions and objects of classes are equal to themselves only. */
function fingerprint(config) {
  try {
    return JSON.stringify(config, (name, value) => {
      if (typeof value === "function" || (isObject(value) && !isPlain(value))) return { "": identity(value) };
      // The first provider is the default one, so their order says something.
      return isObject(value) && !Array.isArray(value) && name !== "providers" ? sorted(value) : value;
    });
  } catch {
    // Cycles and the like: like nothing else. The module will say what is wrong with it.
    return Symbol();
  }
}

const isObject = (value) => typeof value === "object" && value !== null;
const isPlain = (value) => [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value));
const sorted = (value) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

const identities = new WeakMap();
let count = 0;

function identity(value) {
  if (!identities.has(value)) identities.set(value, ++count);
  return identities.get(value);
}
