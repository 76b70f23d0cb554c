// An extension's popup, options, side panel or content script: an `Auth` that asks the client in the background. No WebAssembly,
// no refresh token, no key is here. The browser ends the background when it has nothing to do, and a call wakes it: what was asked
// and may be asked again is.

import { AuthError } from "./errors.js";
import { api } from "./extension-api.js";
import { fromBase64, portName, toBase64, unpacked } from "./extension-messages.js";
import { Listeners } from "./listeners.js";

export { AuthError };

/** They change nothing, or nothing twice. */
const REPEATABLE = ["getAccessToken", "getAuthHeaders", "getUserInfo", "handleRedirect"];
/** A background that is gone so many times in a row, with nothing said, is not asked again. */
const TRIES = 3;

/** Ready when the background has said who is signed in. */
export async function connect({ namespace } = {}) {
  const auth = new PageAuth(portName(namespace));
  try {
    await PageAuth.opened(auth);
  } catch (cause) {
    auth.close();
    throw cause;
  }
  return auth;
}

class PageAuth {
  #name;
  #port = null;
  #open = null;
  #calls = new Map();
  #count = 0;
  #origins = [];
  #listeners = new Listeners();
  #closed = new AbortController();
  state = null;
  redirectResult = null;

  constructor(name) {
    this.#name = name;
    if (!api().runtime?.connect) throw error("this is no page of an extension", "unsupported");
    const awake = (message) => void (message?.keyward === name && this.#connect().catch(() => {}));
    api().runtime.onMessage.addListener(awake);
    this.#closed.signal.addEventListener("abort", () => api().runtime.onMessage.removeListener(awake));
    const seen = () => document.visibilityState === "visible" && this.#connect().catch(() => {});
    document.addEventListener("visibilitychange", seen, { signal: this.#closed.signal });
  }

  static opened = (auth) => auth.#connect();

  signIn = (options) => this.#call("signIn", options);
  signOut = (options) => this.#call("signOut", options);
  getAccessToken = (options) => this.#call("getAccessToken", options);
  getUserInfo = (account) => this.#call("getUserInfo", account);
  handleRedirect = (url) => this.#call("handleRedirect", url);
  getAuthHeaders = async (request, options) => {
    if (!request?.url) throw error("url: is needed", "invalid_argument");
    const { url, method } = made(request.url, { method: request.method });
    return this.#call("getAuthHeaders", { url, method }, options);
  };

  /** Requests to allowed origins are made in the background; all others are plain ones of this page. */
  fetch = async (input, init) => {
    const { auth, ...options } = init ?? {};
    const request = made(input, options);
    await this.#connect();
    if (!this.#origins.includes(new URL(request.url).origin)) return fetch(request);
    const { url, method, credentials, cache, redirect, referrerPolicy, integrity, signal } = request;
    const body = request.body === null ? undefined : toBase64(new Uint8Array(await request.arrayBuffer()));
    const plain = { url, method, headers: [...request.headers], body, credentials, cache, redirect, referrerPolicy, integrity };
    return this.#call("request", plain, { ...auth, signal: auth?.signal ? AbortSignal.any([auth.signal, signal]) : signal });
  };

  subscribe = (listener) => this.#listeners.add("state", listener);
  on = (type, listener) => this.#listeners.on(type, listener);

  close = () => {
    this.#closed.abort();
    this.#port?.disconnect();
    this.#listeners.clear();
    this.#lost(() => error("this instance was closed", "closed"));
  };

  async #call(method, ...values) {
    let signal;
    const plain = values.map((value) => {
      if (!value?.signal) return value;
      signal = value.signal;
      return { ...value, signal: undefined };
    });
    if (signal?.aborted) throw aborted();
    await this.#connect();
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      const call = { method, values: plain, resolve, reject };
      this.#calls.set(id, call);
      signal?.addEventListener("abort", () => this.#abort(id), { once: true });
      try {
        this.#port.postMessage({ id, method, values: plain });
      } catch (cause) {
        this.#calls.delete(id);
        reject(error(`the argument cannot be sent to the background: ${cause.message}`, "invalid_argument"));
      }
    });
  }

  #abort(id) {
    if (this.#port) return this.#calls.has(id) && this.#port.postMessage({ abort: id });
    this.#calls.get(id)?.reject(aborted());
    this.#calls.delete(id);
  }

  /** The way to the background, which wakes it. */
  #connect() {
    if (this.#closed.signal.aborted) return Promise.reject(error("this instance was closed", "closed"));
    this.#open ??= this.#opening().catch((cause) => {
      this.#open = null;
      throw cause;
    });
    return this.#open;
  }

  async #opening() {
    for (let tries = 1; ; tries += 1) {
      const ready = await new Promise((resolve, reject) => this.#dial(resolve, reject));
      if (ready) return;
      if (tries < TRIES) continue;
      const message = "no background answers: it has to call init of keyward/extension in its first step, or could not be " +
        "started at all (the browser's page of extensions has its errors)";
      throw error(message, "not_initialized");
    }
  }

  #dial(resolve, reject) {
    let port;
    try {
      port = api().runtime.connect({ name: this.#name });
    } catch (cause) {
      // A content script outlives its extension.
      return reject(error(`the extension was reloaded or removed: ${cause.message}`, "closed"));
    }
    port.onMessage.addListener((message) => {
      if (message.refused) return reject(unpacked(message.refused));
      if (message.hello) {
        this.#origins = message.hello;
        this.#port = port;
        this.#tell("state", unpacked(message.news));
        return resolve(true);
      }
      this.#hear(message);
    });
    port.onDisconnect.addListener(() => {
      // Reading it is what keeps the browser from complaining.
      void api().runtime.lastError;
      resolve(false);
      if (this.#port === port) this.#gone();
    });
  }

  /** The background was ended, at rest or not. Nobody wakes it for nothing. */
  #gone() {
    this.#port = this.#open = null;
    const again = [...this.#calls].filter(([, { method, answered }]) => REPEATABLE.includes(method) && !answered);
    this.#lost(() => error("the background was ended; the call may be made again", "network", true), (method) => !REPEATABLE.includes(method));
    if (again.length === 0 || this.#closed.signal.aborted) return;
    this.#connect().then(
      () => again.forEach(([id, { method, values }]) => this.#port?.postMessage({ id, method, values })),
      (cause) => this.#lost(() => cause),
    );
  }

  #lost(reason, concerns = () => true) {
    for (const [id, { method, reject, body }] of this.#calls) {
      if (!concerns(method)) continue;
      this.#calls.delete(id);
      const cause = reason();
      body?.error(cause);
      reject(cause);
    }
  }

  #hear({ tell, news, id, value, error, part, end }) {
    if (tell) return this.#tell(tell, unpacked(news));
    const call = this.#calls.get(id);
    if (!call) return;
    if (part) return call.body?.enqueue(fromBase64(part));
    if (call.method !== "request" || error || end || !value.hasBody) this.#calls.delete(id);
    if (end) return call.body?.close();
    if (error) {
      const cause = unpacked(error);
      call.body?.error(cause);
      return call.reject(cause);
    }
    call.resolve(call.method === "request" ? this.#response(id, call, value) : (unpacked(value) ?? undefined));
  }

  #response(id, call, { status, statusText, headers, hasBody, url, redirected, type }) {
    const cancel = () => {
      this.#calls.delete(id);
      this.#port?.postMessage({ abort: id });
    };
    const body = hasBody ? new ReadableStream({ start: (controller) => void (call.body = controller), cancel }) : null;
    const made = status ? new Response(body, { status, statusText, headers }) : Response.error();
    for (const [name, is] of Object.entries({ url, redirected, type })) Object.defineProperty(made, name, { value: is });
    return made;
  }

  #tell(type, news) {
    if (type === "state") {
      if (JSON.stringify(news) === JSON.stringify(this.state)) return;
      this.state = news;
    }
    this.#listeners.tell(type, news);
  }
}

if (Symbol.dispose) {
  Object.defineProperty(PageAuth.prototype, Symbol.dispose, {
    value() {
      this.close();
    },
  });
}

const error = (message, code, retryable = false) => new AuthError(message, { code, retryable });
const aborted = () => error("the call was aborted", "aborted");

function made(input, options) {
  try {
    return new Request(input, options);
  } catch (cause) {
    throw error(`the request cannot be made: ${cause.message}`, "invalid_argument");
  }
}
