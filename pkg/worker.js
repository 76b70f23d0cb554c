// The worker's half of `isolation: "worker"`: the module runs here, with a client for each page that is connected. They
// share storage, locks and channel as tabs do, so what is true of tabs is true of them; and what a client is doing it
// does to the end, also when its page is gone.

import { offered } from "./bodies.js";
import { LocalCore, loadOnce, whenStopped } from "./core.js";
import { AuthError } from "./errors.js";
import { VERSION, packed } from "./messages.js";

const NAME = `keyward:worker:${crypto.randomUUID()}`;
/** Ready when this worker has the lock that it holds as long as it lives: so pages learn when it dies. */
const alive = new Promise((granted, refused) => {
  const held = () => {
    granted();
    return new Promise(() => {});
  };
  navigator.locks.request(NAME, held).catch(refused);
});

// The pages take another worker then. Those who wait are told first.
whenStopped(() => setTimeout(() => self.close()));

if ("onconnect" in self) self.onconnect = ({ ports: [port] }) => serve(port);
else serve(self);

function serve(port) {
  port.onmessage = ({ data: hello }) => {
    const client = new Served(port, hello);
    port.onmessage = ({ data }) => client.hear(data);
    client.begin().then(
      () => port.postMessage({ worker: NAME }),
      (error) => port.postMessage({ error: packed(error) }),
    );
  };
}

/** A client, and the page that it works for. */
class Served {
  #port;
  #hello;
  #core = null;
  /** Where the page is. */
  #url;
  #popup = null;
  #aborts = new Map();
  /** Fires when the page is gone. */
  #gone = new AbortController();
  #questions = new Map();
  #count = 0;

  constructor(port, hello) {
    this.#port = port;
    this.#hello = hello;
    this.#url = hello.url;
  }

  async begin() {
    const { version, config, logs, opens, page } = this.#hello;
    if (version !== VERSION) throw new AuthError("the worker is of another release of the package", { code: "unsupported" });
    await Promise.all([loadOnce(config.wasm), keysCanBeKept(), alive]);
    const logger = logs && ((log) => this.#port.postMessage({ log }));
    const tell = (tell, news) => this.#port.postMessage({ tell, news: packed(news) });
    const openUrl = opens && ((url) => this.#ask("openUrl", url));
    this.#core = new LocalCore({ ...config, ...(logger && { logger }), ...(openUrl && { openUrl }) }, tell, this.#page());
    navigator.locks.request(`keyward:page:${page}`, () => this.#close());
  }

  hear({ id, method, values, popup, url, abort, answer, value, error, awake, close }) {
    if (close) return this.#close();
    // A page is seen again: time has passed.
    if (awake) return void self.dispatchEvent(new Event("focus"));
    if (abort) return this.#aborts.get(abort)?.abort();
    if (answer) {
      const question = this.#questions.get(answer);
      this.#questions.delete(answer);
      return error ? question?.reject(new Error(error)) : question?.resolve(value);
    }
    this.#url = url;
    this.#popup = popup ? id : null;
    this.#answer(id, method, values);
  }

  async #answer(id, method, values) {
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    try {
      const value = await this.#call(id, method, values, abort.signal);
      if (method === "request") this.#reply({ id, value }, value.body ? [value.body] : []);
      else this.#reply({ id, value: packed(value) });
    } catch (error) {
      this.#reply({ id, error: packed(error) });
    }
    this.#aborts.delete(id);
  }

  #reply(message, transferred = []) {
    try {
      this.#port.postMessage(message, transferred);
    } catch (cause) {
      const error = new AuthError(`the answer cannot be sent to the page: ${cause.message}`, { code: "unsupported" });
      this.#port.postMessage({ id: message.id, error: packed(error) });
    }
  }

  async #call(id, method, values, signal) {
    if (!this.#core) throw new AuthError("this instance was closed", { code: "closed" });
    if (this.#hello.config.exposeAccessToken === false && SHOWS_TOKENS.includes(method)) {
      const message = "exposeAccessToken is false: the page gets no access token; use fetch";
      throw new AuthError(message, { code: "unsupported" });
    }
    const core = this.#core;
    switch (method) {
      case "request":
        return this.#request(values[0], values[1], this.#aborts.get(id));
      case "fetch": {
        const [verb, url, repeatable, , options] = values;
        return core.call("fetch", verb, url, repeatable, signal, options, (...attempt) => this.#ask("send", id, ...attempt));
      }
      case "getAuthHeaders":
        return core.call(method, values[0], values[1], withSignal(values[2], signal));
      case "signIn":
      case "getAccessToken":
        return core.call(method, withSignal(values[0], signal));
      default:
        return core.call(method, ...values);
    }
  }

  /** A request to an API, made here. Its answer is sent by its members: a Response cannot be cloned. */
  async #request({ url, ...options }, auth, abort) {
    const request = new Request(url, { ...options, signal: abort.signal });
    const answer = await this.#core.fetch((...given) => this.#core.call("fetch", ...given), request, { auth });
    const { status, statusText, redirected, type } = answer;
    const body = answer.body && offered(answer.body, abort, this.#gone.signal);
    return { status, statusText, redirected, type, url: answer.url, headers: [...answer.headers], body };
  }

  /** The page, as the module sees it: src/platform/web/page.js has the same members. */
  #page() {
    const served = this;
    const step = (step, ...values) => this.#port.postMessage({ step, values });
    return {
      get url() {
        return served.#url;
      },
      home: served.#hello.home,
      viewed: served.#hello.viewed,
      // Who asks for encryption wants no state to be readable either.
      ...(served.#hello.config.storage !== "encrypted" && { show: (key, view) => step("show", key, view) }),
      replaceUrl(from, to) {
        if (served.#url === from) served.#url = to;
        step("replaceUrl", from, to);
      },
      navigate(...where) {
        step("navigate", ...where);
        return true;
      },
      submit(...values) {
        step("submit", ...values);
        return true;
      },
      back: () => this.#ask("back"),
      unmark: (mark) => step("unmark", mark),
      openPopup: () => (this.#popup === null ? null : { window: this.#popup }),
      openFrame: () => {
        const window = `frame ${++this.#count}`;
        step("openFrame", window);
        return { window };
      },
      close: ({ window }) => step("close", window),
      visit: ({ window }, url, state) => this.#ask("visit", window, url, state),
      isAwaited: (state) => state === this.#hello.awaited,
      relay: (state, url) => this.#ask("relay", state, url),
    };
  }

  #ask(step, ...values) {
    const ask = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#questions.set(ask, { resolve, reject });
      this.#port.postMessage({ step, ask, values });
    });
  }

  /** Its page is gone, or has closed it. What it is doing goes on; nothing new begins. */
  #close() {
    this.#core?.close();
    this.#core = null;
    this.#gone.abort();
  }
}

const SHOWS_TOKENS = ["getAccessToken", "getAuthHeaders", "fetch"];

const withSignal = (options, signal) => (options === undefined ? { signal } : isObject(options) ? { signal, ...options } : options);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** In WebKitGTK a SharedWorker cannot store a key, while a Worker can: so try, and let the page take the other one. */
let kept = null;

function keysCanBeKept() {
  return (kept ??= tried());
}

async function tried() {
  // Another worker may be trying at the same time.
  const name = `keyward:trial:${crypto.randomUUID()}`;
  let database;
  try {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("keys");
    database = await done(request);
    await done(database.transaction("keys", "readwrite").objectStore("keys").put(key, 1));
  } catch (cause) {
    if (cause?.name === "DataCloneError" && "onconnect" in self) {
      throw new AuthError("this kind of worker cannot keep keys", { code: "unsupported", cause });
    }
    // Storage is blocked, which no other worker changes: the client says so, and keeps sessions in memory.
  } finally {
    database?.close();
    indexedDB.deleteDatabase(name);
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
