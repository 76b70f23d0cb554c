// One instance, as apps hold it. A core does the work: the module in this page (core.js), or one in a worker (vault.js).
// Until it is there, a head (head.js) may stand in for it: it has the state and a token, and everything else waits.

import { AuthError, invalid } from "./errors.js";
import { EVENTS } from "./events.js";
import { wait } from "./module.js";
import { isResponse } from "./response.js";
import { openPopup } from "./wasm/popup.js";

export class Auth {
  /** Null before it is there, and once closed. */
  #core = null;
  /** Null unless it stands in for the core. */
  #head = null;
  /** What makes the core that the head stands in for, and the promise of it once that has begun. */
  #make;
  #coming = null;
  /** Opened in the user's gesture, for a core that comes too late for that. */
  #windows = [];
  #state;
  #config;
  /** What this page came with, if it may be this instance's. */
  #response = null;
  #redirectResult = null;
  /** By event; "state" for those that `subscribe`. */
  #listeners = new Map();
  /** What happens while the instance starts: nobody can listen yet, so it is told when the app has had its turn. */
  #early = [];

  /** `make` gets what hears of states and events, and returns the core. `response` is what the page came with. */
  static async start(make, config, response) {
    const auth = new Auth();
    auth.#core = make((type, news) => auth.#tell(type, news));
    auth.#config = config;
    auth.#response = response;
    if (response && config.handleRedirect !== false) {
      let started = false;
      auth.#redirectResult = await auth.#core.answer(response, config, () => {
        started = true;
        return auth.#call("start", undefined, response.url, response.shown);
      });
      if (!started) await auth.#call("start");
    } else {
      await auth.#call("start");
    }
    setTimeout(() => {
      const early = auth.#early;
      auth.#early = null;
      for (const [type, news] of early) auth.#tell(type, news);
    });
    return auth;
  }

  /** An instance that a head stands in for, until what `make` makes is there. */
  static begin(head, make) {
    const auth = new Auth();
    auth.#early = null;
    auth.#head = head;
    auth.#make = make;
    auth.#state = head.state;
    head.watch((state) => {
      if (state && state !== auth.#state) auth.#tell("state", state);
      Auth.prepare(auth, true);
    });
    return auth;
  }

  /** Has the core come. Whoever calls what needs it is told what fails. */
  static prepare(auth, isUrgent) {
    if (auth.#head) auth.#arrival(isUrgent).catch(() => {});
  }

  static isClosed(auth) {
    return !auth.#core && !auth.#head;
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
  getAccessToken = (options) =>
    (options === undefined && (this.#core ?? this.#head)?.token?.()) || this.#call("getAccessToken", options);
  getUserInfo = (account) => this.#call("getUserInfo", account);
  handleRedirect = (url) => {
    const response = this.#response;
    // The address that the page came with, also where it was cleaned or left meanwhile.
    const here = () => (isResponse(location.href) ? location.href : response.url);
    if (!response || !this.#core || (url ?? here()) !== response.url) return this.#call("handleRedirect", url);
    return this.#core.answer(response, this.#config, () => this.#call("handleRedirect", response.url, response.shown));
  };
  fetch = async (input, init) => {
    const core = this.#core ?? (await this.#arrived());
    return core.fetch((...request) => this.#call("fetch", ...request), input, init);
  };
  getAuthHeaders = async (request, options) => {
    if (!request?.url) throw invalid("url: is needed");
    const { method, url } = (this.#core ?? (await this.#arrived())).target(request);
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
    this.#head?.end();
    this.#head = null;
    this.#listeners.clear();
    core?.close();
  };

  /** Never throws, and rejects with an AuthError only. */
  #call(method, ...values) {
    try {
      if (this.#core) return this.#core.call(method, ...values);
      if (this.#head) return this.#later(method, values);
      throw closed();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** What the head cannot do. */
  async #later(method, values) {
    if (method === "signIn" && values[0]?.mode === "popup") this.#windows.push(openPopup());
    try {
      await this.#arrived();
    } catch (cause) {
      this.#windows.splice(0).forEach((opened) => opened?.close());
      throw cause;
    }
    return this.#call(method, ...values);
  }

  /** The core, for what needs it. */
  async #arrived() {
    if (this.#head) await this.#arrival(true);
    if (!this.#core) throw closed();
    return this.#core;
  }

  /** After a failure, the next call tries again. */
  #arrival(isUrgent) {
    this.#coming ??= this.#arrive(isUrgent).catch((cause) => {
      this.#coming = null;
      throw cause;
    });
    return this.#coming;
  }

  /** The core takes over: the state object stays if nothing in it differs, and whatever does is told once. */
  async #arrive(isUrgent) {
    const make = await this.#make(isUrgent);
    if (!this.#head) throw closed();
    let state;
    const news = [];
    let hear = (type, object) => (type === "state" ? (state = object) : news.push([type, object]));
    const windows = this.#windows;
    const openNext = () => (windows.length ? windows.shift() : openPopup());
    const core = make((type, object) => hear(type, object), openNext);
    try {
      const started = core.call("start", this.#head.text ?? "");
      // It has asked for what this page holds by then, and is next.
      wait(() => this.#head?.release(), 0);
      await started;
      if (!this.#head) throw closed();
    } catch (cause) {
      core.close();
      throw cause;
    }
    this.#head.end();
    this.#head = null;
    this.#core = core;
    hear = (type, object) => this.#tell(type, object);
    if (!isSame(state, this.#state)) this.#tell("state", state);
    for (const [type, object] of news) this.#tell(type, object);
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

const closed = () => new AuthError("this instance was closed", { code: "closed" });

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
