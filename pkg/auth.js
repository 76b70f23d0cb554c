// One instance, as apps hold it: the module does the work, this sees to it that nothing of the module's own (a panic, a
// freed object, an exception of a listener) ever reaches an app in another form than the contract's.

import { AuthError } from "./errors.js";
import { fetchWith, target } from "./fetch.js";
import { Core } from "./wasm/keyward.js";

const EVENTS = [
  "signedIn",
  "signedOut",
  "tokenRefreshed",
  "refreshFailed",
  "reauthRequired",
  "signInFailed",
  "storageDegraded",
];

export class Auth {
  /** Null once closed. */
  #core;
  #state;
  #redirectResult = null;
  /** By event; "state" for those that `subscribe`. */
  #listeners = new Map();

  constructor(config) {
    const tell = (type, news) => this.#tell(type, news);
    this.#core = guarded(() => new Core(config, tell));
  }

  static async start(config) {
    const auth = new Auth(config);
    auth.#redirectResult = await auth.#call("start");
    return auth;
  }

  static isClosed(auth) {
    return !auth.#core;
  }

  get state() {
    return this.#state;
  }

  get redirectResult() {
    return this.#redirectResult;
  }

  // Own functions, not methods: they work without their object, as in `const { getAccessToken } = auth`.
  signIn = (options) => this.#call("signIn", options);
  signOut = (options) => this.#call("signOut", options);
  getAccessToken = (options) => this.#call("getAccessToken", options);
  getUserInfo = (account) => this.#call("getUserInfo", account);
  handleRedirect = (url) => this.#call("handleRedirect", url);
  fetch = (input, init) => fetchWith((...request) => this.#call("fetch", ...request), input, init);
  getAuthHeaders = async (request, options) => {
    if (!request?.url) throw invalid("url: is needed");
    const { method, url } = target(request);
    return this.#call("getAuthHeaders", method, url, options);
  };

  subscribe = (listener) => this.#listen("state", listener);
  on = (type, listener) => {
    if (!EVENTS.includes(type)) throw invalid(`type: is none of ${EVENTS.join(", ")}`);
    return this.#listen(type, listener);
  };

  close = () => {
    const core = this.#core;
    this.#core = null;
    this.#listeners.clear();
    if (!core || failure) return;
    try {
      guarded(() => core.close());
    } catch {
      // The module has stopped for good: nothing is left to close.
      return;
    }
    // Later: a listener may have called, with the module still at work on this very object.
    queueMicrotask(() => failure ?? core.free());
  };

  /** Never throws, and rejects with an AuthError only. A token that is at hand comes as it is, without a detour. */
  #call(method, ...values) {
    try {
      if (!this.#core) throw new AuthError("this instance was closed", { code: "closed" });
      if (failure) throw failure;
      const answer = this.#core[method](...values);
      return typeof answer === "string" ? Promise.resolve(answer) : settled(answer);
    } catch (error) {
      return Promise.reject(explained(error));
    }
  }

  #listen(type, listener) {
    if (typeof listener !== "function") throw invalid("listener: must be a function");
    // The same function may listen twice.
    const entry = { listener };
    const entries = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, entries.add(entry));
    return () => {
      entries.delete(entry);
    };
  }

  #tell(type, news) {
    if (type === "state") this.#state = news;
    for (const entry of [...(this.#listeners.get(type) ?? [])]) {
      if (!this.#listeners.get(type)?.has(entry)) continue;
      try {
        entry.listener(news);
      } catch (error) {
        report(error);
      }
    }
  }
}

if (Symbol.dispose) {
  Object.defineProperty(Auth.prototype, Symbol.dispose, {
    value() {
      this.close();
    },
  });
}

/** Set when the module has stopped for good: it keeps no promise after that, so this does it in its place. */
let failure = null;
const waiting = new Set();

/** The module calls this last when it panics. */
export function stop(where) {
  const message = `an internal error${where ? ` (${where})` : ""} stopped Keyward; it works again when the page is reloaded`;
  failure ??= new AuthError(message, { code: "closed" });
  for (const reject of waiting) reject(failure);
  waiting.clear();
}

/** A call into the module that throws nothing but AuthErrors. */
export function guarded(work) {
  if (failure) throw failure;
  try {
    return work();
  } catch (error) {
    throw explained(error);
  }
}

/** What a call into the module threw. If it is no AuthError, it is the end of the module. */
function explained(error) {
  if (error instanceof AuthError) return error;
  stop();
  return failure;
}

function settled(promise) {
  return new Promise((resolve, reject) => {
    const done = (settle) => (value) => {
      waiting.delete(reject);
      settle(value);
    };
    waiting.add(reject);
    promise.then(done(resolve), done(reject));
  });
}

/** As an exception that nobody caught, in its own right: the listeners after this one are called all the same. */
function report(error) {
  if (typeof reportError === "function") reportError(error);
  else setTimeout(() => { throw error; });
}

function invalid(message) {
  return new AuthError(message, { code: "invalid_argument" });
}
