// The page's half of `isolation: "worker"`: the client runs in a SharedWorker, one for all tabs, or in a Worker of this
// page where there is none that can keep keys. The page passes calls on, does what only a page can do (navigate, open
// windows), and never sees a refresh token, a key or a code verifier.

import { BaseCore } from "./base.js";
import { taken } from "./bodies.js";
import { namespaceOf, viewKey } from "./config.js";
import { AuthError } from "./errors.js";
import { open } from "./line.js";
import { lively } from "./lively.js";
import { check } from "./load.js";
import { unpacked } from "./messages.js";
import { page, unzoned } from "./wasm/page.js";
import { openPopup } from "./wasm/popup.js";

/** A worker that stops so soon after the one before it is not replaced at once. */
const PAUSE = 10_000;

/** Calls that may be made once more, of another worker: they change nothing, or nothing twice. */
const REPEATABLE = ["start", "getAccessToken", "getAuthHeaders", "getUserInfo", "handleRedirect"];

export async function connect(given, latest, response) {
  check(given.wasm);
  const config = lively(given, latest);
  if (typeof config.storage === "object" && config.storage !== null) {
    const message = 'storage: an adapter lives in the page, and with isolation: "worker" the client does not';
    throw new AuthError(message, { code: "invalid_config" });
  }
  removeReadable(config);
  const line = await open(config, response);
  return (tell, opened) => new RemoteCore(config, line, tell, opened ?? openPopup);
}

/** A client in a worker, as `Auth` calls it. */
class RemoteCore extends BaseCore {
  #config;
  #tell;
  #openPopup;
  #line;
  #calls = new Map();
  #windows = new Map();
  #count = 0;
  #closed = new AbortController();
  #replacing = false;
  #replacedAt = -PAUSE;

  constructor(config, line, tell, openPopup) {
    super();
    this.#config = config;
    this.#tell = tell;
    this.#openPopup = openPopup;
    this.#use(line);
    const awake = () => document.visibilityState === "visible" && this.#line?.post({ awake: true });
    for (const type of ["focus", "pageshow"]) addEventListener(type, awake, { signal: this.#closed.signal });
    document.addEventListener("visibilitychange", awake, { signal: this.#closed.signal });
  }

  /** Where access tokens stay in the worker, requests to APIs are made there. */
  fetch(authorize, input, init) {
    return this.#config.exposeAccessToken === false ? this.#fetch(input, init) : super.fetch(authorize, input, init);
  }

  call(method, ...values) {
    const id = ++this.#count;
    const call = { id, method, values: [...values], signals: [], send: null, popup: false, sent: false };
    try {
      takeApart(call);
    } catch (cause) {
      throw cause instanceof AuthError ? cause : unusable(cause);
    }
    if (call.signals.some(({ aborted }) => aborted)) {
      throw new AuthError("the call was aborted", { code: "aborted" });
    }
    if (method === "signIn") this.#prepareSignIn(call);
    if (method === "signOut") doubt(viewKey(this.#config));
    return new Promise((resolve, reject) => {
      Object.assign(call, { resolve, reject });
      this.#calls.set(id, call);
      for (const signal of call.signals) {
        signal.addEventListener("abort", () => this.#abort(call), { once: true });
      }
      this.#post(call);
      // The last worker stopped, and no other one could be started: perhaps now.
      if (!this.#line) this.#replace();
    });
  }

  /** `fetch` by the worker, which attaches the token to requests to allowed origins. */
  async #fetch(input, init) {
    const { auth, ...options } = init ?? {};
    let request;
    try {
      request = new Request(input, options);
    } catch (cause) {
      throw new AuthError(`the request cannot be made: ${cause.message}`, { code: "invalid_argument", cause });
    }
    const { url, method, credentials, mode, cache, redirect, referrerPolicy, integrity, keepalive, signal } = request;
    try {
      if (!this.#config.allowedOrigins?.includes(new URL(url).origin)) return await fetch(request);
      const body = request.body === null || method === "GET" || method === "HEAD" ? undefined : await request.arrayBuffer();
      const headers = [...request.headers];
      const plain = { url, method, headers, body, credentials, mode, cache, redirect, referrerPolicy, integrity, keepalive };
      return await this.call("request", plain, auth, signal);
    } catch (cause) {
      if (cause instanceof AuthError) throw cause;
      if (signal.aborted) throw new AuthError("the call was aborted", { code: "aborted", cause });
      const message = "the request was not answered: no connection, or refused by CORS or a policy";
      throw new AuthError(message, { code: "network", retryable: true, cause });
    }
  }

  close() {
    this.#line?.post({ close: true });
    this.#line?.end();
    this.#line = null;
    this.#closed.abort();
    for (const opened of this.#windows.values()) page.close(opened);
    for (const { reject } of this.#calls.values()) reject(new AuthError("this instance was closed", { code: "closed" }));
    this.#calls.clear();
  }

  /** Browsers open a window in the user's gesture only, and the worker's answer comes too late for that. */
  #prepareSignIn(call) {
    if (call.values[0]?.mode !== "popup") return;
    const opened = this.#openPopup();
    call.popup = Boolean(opened);
    if (opened) this.#windows.set(call.id, opened);
  }

  #post(call) {
    const { id, method, values, popup, reject } = call;
    if (!this.#line) return;
    try {
      this.#line.post({ id, method, values, popup, url: page.url });
      call.sent = true;
    } catch (cause) {
      // What cannot be cloned is nothing that the contract has.
      this.#calls.delete(id);
      this.#forget(id);
      reject(unusable(cause));
    }
  }

  #abort({ id, sent, reject }) {
    if (!this.#calls.has(id)) return;
    if (sent && this.#line) return this.#line.post({ abort: id });
    this.#calls.delete(id);
    this.#forget(id);
    reject(new AuthError("the call was aborted", { code: "aborted" }));
  }

  #use(line) {
    this.#line = line;
    line.receive((message) => this.#hear(message));
    // Rejected when this end lets go of the line.
    line.died.then(() => this.#line === line && this.#replace(), () => {});
  }

  #hear({ id, value, error, tell, news, log, step, ask, values }) {
    if (tell) return this.#tell(tell, unpacked(news));
    if (log) return this.#config.logger?.(unpacked(log));
    if (step) return this.#step(step, ask, values);
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    this.#forget(id);
    if (error) call?.reject(unpacked(error));
    else call?.resolve(call.method === "request" ? response(value, [...call.signals, this.#line.gone]) : unpacked(value));
  }

  /** What only a page can do; `ask` is the number of a question that wants an answer. */
  async #step(step, ask, [first, ...more]) {
    const steps = {
      navigate: () => page.navigate(first, ...more),
      back: () => page.back(),
      unmark: () => page.unmark(first),
      submit: () => page.submit(first, ...more),
      openUrl: () => this.#config.openUrl(first),
      replaceUrl: () => page.replaceUrl(first, ...more),
      relay: () => page.relay(first, ...more),
      openFrame: () => void this.#windows.set(first, page.openFrame()),
      visit: () => page.visit(this.#windows.get(first), ...more),
      close: () => this.#forget(first),
      show: () => leave(first, ...more),
      send: () => this.#calls.get(first).send(...more),
    };
    let answer;
    try {
      answer = { answer: ask, value: await steps[step]() };
    } catch (error) {
      answer = { answer: ask, error: String(error?.name) };
    }
    if (ask) this.#line?.post(answer);
  }

  /** Ready when the new client has the stored sessions; calls wait until then. */
  #restored(line) {
    return new Promise((resolve, reject) => {
      const started = ({ error }) => (error ? reject(unpacked(error)) : resolve());
      line.receive((message) => (message.id === 0 ? started(message) : this.#hear(message)));
      line.died.then(reject, reject);
      line.post({ id: 0, method: "start", values: [], url: page.url });
    });
  }

  #forget(window) {
    const opened = this.#windows.get(window);
    this.#windows.delete(window);
    if (opened) page.close(opened);
  }

  /** The worker has died: another one goes on where it was. The sessions are stored, and what is lost is said. */
  async #replace() {
    if (this.#replacing) return;
    this.#replacing = true;
    this.#line?.end();
    this.#line = null;
    const lost = new AuthError("the worker stopped; the call may be made again", { code: "network", retryable: true });
    for (const [id, call] of this.#calls) {
      if (!call.sent || REPEATABLE.includes(call.method)) continue;
      this.#calls.delete(id);
      this.#forget(id);
      call.reject(lost);
    }
    this.#config.logger?.(Object.freeze({ time: Date.now(), level: "warn", event: "worker_replaced", fields: Object.freeze({}) }));
    let line;
    try {
      const pause = this.#replacedAt + PAUSE - performance.now();
      if (pause > 0) await new Promise((resolve) => unzoned("setTimeout")(resolve, pause));
      this.#replacedAt = performance.now();
      line = await open(this.#config);
      const again = () => [...this.#calls.values()];
      if (!again().some(({ method }) => method === "start")) await this.#restored(line);
      if (this.#closed.signal.aborted) return line.end();
      this.#use(line);
      again().forEach((call) => this.#post(call));
    } catch (error) {
      line?.end();
      for (const { reject } of this.#calls.values()) reject(error ?? lost);
      this.#calls.clear();
    } finally {
      this.#replacing = false;
    }
  }
}

/** What is cloned for the worker, and what stays here: signals, and the function that a request is sent with. */
function takeApart(call) {
  const { method, values, signals } = call;
  values.forEach((value, index) => {
    if (isSignal(value)) {
      signals.push(value);
      values[index] = undefined;
    } else if (method === "fetch" && typeof value === "function") {
      call.send = value;
      values[index] = undefined;
    } else if (isSignal(value?.signal)) {
      const { signal, ...others } = value;
      signals.push(signal);
      values[index] = others;
    }
  });
  const [options] = values;
  if (method !== "signIn" || typeof options !== "object" || options === null) return;
  for (const member of ["appState", "authorizationDetails"]) {
    if (options[member] !== undefined) values[0] = { ...values[0], [member]: inJson(member, options[member]) };
  }
}

/** The app's own value as JSON has it: a clone would have it otherwise, or not at all. */
function inJson(member, value) {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (cause) {
    throw new AuthError(`${member}: must be a value that JSON can hold`, { code: "invalid_argument", cause });
  }
}

const unusable = (cause) =>
  new AuthError(`the argument cannot be sent to the worker: ${cause?.message}`, { code: "invalid_argument", cause });

/** Before the client moved into the worker, its sessions may have been where every script of the page reads them. */
function removeReadable(config) {
  const own = `${namespaceOf(config)}:`;
  withViews((storage) => {
    const isState = (name) => name.startsWith(`${own}view:`) && !storage.getItem(name).includes('"token":');
    const isToStay = (name) => name.startsWith("keyward:response:") || (config.storage !== "encrypted" && isState(name));
    const names = Object.keys(storage).filter((name) => name.startsWith(own) && !isToStay(name));
    names.forEach((name) => storage.removeItem(name));
  });
}

/** The view that the client in the worker leaves for the pages after this one; nothing is better than an old one. */
function leave(key, view) {
  const isLeft = withViews((storage) => (view ?? null) !== null && (storage.setItem(key, view), true));
  if (!isLeft) withViews((storage) => storage.removeItem(key));
}

/** Until the client says what is left, no page goes by the view: this one may be gone before that arrives. */
function doubt(key) {
  withViews((storage) => storage.getItem(key) !== null && storage.setItem(key, ""));
}

/** Storage may be blocked or full. */
function withViews(work) {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
}

function response({ status, statusText, headers, body, url, redirected, type }, signals) {
  // A redirect that is not followed has no status.
  const made = status ? new Response(body && taken(body, signals), { status, statusText, headers }) : Response.error();
  Object.defineProperties(made, { url: { value: url }, redirected: { value: redirected }, type: { value: type } });
  return made;
}

const isSignal = (value) => typeof value?.addEventListener === "function" && typeof value.aborted === "boolean";
