// The package's entry: the page's default instance, and the WebAssembly module that all instances share.

import { Auth } from "./auth.js";
import { LocalCore, loadOnce } from "./core.js";
import { AuthError } from "./errors.js";

export { AuthError };

export function init(config) {
  const key = fingerprint(config);
  const same = current && current.key === key && !(current.auth && Auth.isClosed(current.auth));
  if (!same) current = begin(key, config);
  // A promise of the caller's own: one that nobody looks at is reported as such.
  return current.ready.then((auth) => auth);
}

export async function createAuth(config) {
  return Auth.start(await preparation(config));
}

export const signIn = (options) => ofDefault("signIn", options);
export const signOut = (options) => ofDefault("signOut", options);
export const getAccessToken = (options) => ofDefault("getAccessToken", options);

/** The latest `init`: what it was called with, and the instance as soon as there is one. */
let current = null;

function begin(key, config) {
  const before = current;
  const mine = { key, auth: null, ready: preparation(config).then(Auth.start) };
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

/** What makes the core of an instance, as soon as it can be made. */
async function preparation(config) {
  // A page that is rendered before anybody has asked for it touches nothing.
  if (globalThis.document?.prerendering) {
    await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve, { once: true }));
  }
  if (config?.isolation === "worker") {
    const { connect } = await import("./vault.js");
    return connect(config);
  }
  await loadOnce();
  return (tell) => new LocalCore(config, tell);
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
