// One instance, as apps hold it. A core does the work: the module in this page (core.js), or one in a worker (vault.js).

import { AuthError } from "./errors.js";
import { EVENTS } from "./events.js";
import { fetchWith, target } from "./fetch.js";

export class Auth {
  /** Null once closed. */
  #core;
  #state;
  #redirectResult = null;
  /** By event; "state" for those that `subscribe`. */
  #listeners = new Map();
  /** What happens while the instance starts: nobody can listen yet, so it is told when the app has had its turn. */
  #early = [];

  /** `make` gets what hears of states and events, and returns the core. */
  static async start(make) {
    const auth = new Auth();
    auth.#core = make((type, news) => auth.#tell(type, news));
    auth.#redirectResult = await auth.#call("start");
    setTimeout(() => {
      const early = auth.#early;
      auth.#early = null;
      for (const [type, news] of early) auth.#tell(type, news);
    });
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
  fetch = (input, init) =>
    this.#core?.keepsTokens
      ? this.#core.fetch(input, init)
      : fetchWith((...request) => this.#call("fetch", ...request), input, init);
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
    core?.close();
  };

  /** Never throws, and rejects with an AuthError only. */
  #call(method, ...values) {
    try {
      if (!this.#core) throw new AuthError("this instance was closed", { code: "closed" });
      return this.#core.call(method, ...values);
    } catch (error) {
      return Promise.reject(error);
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
    else if (this.#early) return void this.#early.push([type, news]);
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

/** As an exception that nobody caught, in its own right: the listeners after this one are called all the same. */
function report(error) {
  if (typeof reportError === "function") reportError(error);
  else setTimeout(() => { throw error; });
}

function invalid(message) {
  return new AuthError(message, { code: "invalid_argument" });
}
