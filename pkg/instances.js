// What the package's entries have in common: the page's default instance, and the way from a config to an instance.

import { fingerprint } from "./alike.js";
import { Auth } from "./auth.js";
import { AuthError } from "./errors.js";
import { Head } from "./head.js";
import { fetchOnce, whenIdle } from "./module.js";
import { meet } from "./response.js";

/** What an entry exports. `local` brings local.js. */
export function entry(local) {
  /** The latest `init`: what it was called with, and the instance as soon as there is one. */
  let current = null;

  function init(config) {
    const key = fingerprint(config);
    const same = current && current.key === key && !current.auth?.constructor.isClosed(current.auth);
    if (same) current.config = config;
    else current = begin(key, config);
    // A promise of the caller's own: one that nobody looks at is reported as such.
    return current.ready.then((auth) => auth);
  }

  function begin(key, config) {
    const before = current;
    const mine = { key, config, auth: null };
    mine.ready = started(local, config, () => mine.config);
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
    createAuth: (config) => started(local, config, () => config),
    signIn: (options) => ofDefault("signIn", options),
    signOut: (options) => ofDefault("signOut", options),
    getAccessToken: (options) => ofDefault("getAccessToken", options),
  };
}

/** An instance, or an AuthError: what else is thrown comes from the config's own getters. */
function started(local, config, latest) {
  return instance(local, config, latest).catch((cause) => {
    throw cause instanceof AuthError ? cause : new AuthError("the config cannot be read", { code: "invalid_config", cause });
  });
}

/**
 * From what the module has left for this page, if that is enough to begin with, and else as soon as the module is there.
 */
async function instance(local, config, latest) {
  // A page that is rendered before anybody has asked for it touches nothing.
  if (globalThis.document?.prerendering) {
    await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve, { once: true }));
  }
  if (config?.mode === "backend") return (await brought(import("./backend.js"))).begin(config);
  // Before anything else is waited for: a router may navigate.
  const response = meet(config);
  const make = (isUrgent) => maker(local, config, latest, response, isUrgent);
  const head = response || !globalThis.document ? null : await Head.of(config);
  if (!head) return Auth.start(await make(true), config, response);
  const auth = Auth.begin(head, make);
  if (config.wasm?.load === "now") Auth.prepare(auth, true);
  else whenIdle(() => Auth.prepare(auth, false), head.rest / 2);
  return auth;
}

/** What makes the core of an instance. */
async function maker(local, config, latest, response, isUrgent) {
  const isApart = config?.isolation === "worker";
  // Beside the glue, not after it.
  if (!isApart) fetchOnce(config?.wasm, isUrgent);
  const { connect } = await brought(isApart ? import("./vault.js") : local());
  return connect(config, latest, response);
}

/** A part of the package that a bundler has put in a file of its own, which a new release of the app may have removed. */
async function brought(part) {
  try {
    return await part;
  } catch (cause) {
    throw new AuthError("a part of Keyward could not be loaded", { code: "network", retryable: true, cause });
  }
}
