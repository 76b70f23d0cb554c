// Whom the background of an extension serves: its own pages, and content scripts of origins that the config names. Each has a
// port; calls come in, and states and events go out to all. No refresh token, key or verifier is ever in a message.

import { AuthError } from "./errors.js";
import { api } from "./extension-api.js";
import { fromBase64, packed, portName, toBase64 } from "./extension-messages.js";

/** What those who are served may call; `request` is a request to an API, made here. */
const CALLS = ["signIn", "signOut", "getAccessToken", "getUserInfo", "getAuthHeaders", "handleRedirect", "request"];
const TOKENS = ["getAccessToken", "getAuthHeaders"];

export class Hub {
  #name;
  #options;
  #allowedOrigins;
  #exposes;
  #core;
  #state = null;
  #isOpen = false;
  /** By port: those who have connected, with what each may do. */
  #served = new Map();
  /** Why nobody is served any more. */
  #reason = null;

  constructor(namespace, config, core) {
    this.#name = portName(namespace);
    this.#options = config?.extension ?? {};
    this.#allowedOrigins = config?.allowedOrigins ?? [];
    this.#exposes = config?.exposeAccessToken !== false;
    this.#core = core;
  }

  connect(port, isForeign) {
    if (port.name !== this.#name) return;
    try {
      if (this.#reason) throw this.#reason;
      const served = new Served(port, this.#rightsOf(port.sender, isForeign), this.#core, this.#allowedOrigins);
      this.#served.set(port, served);
      port.onDisconnect.addListener(() => {
        this.#served.delete(port);
        served.end();
      });
      if (this.#isOpen) this.#greet(port);
    } catch (error) {
      refuse(port, error);
    }
  }

  /** There is a client: whoever was connected before, or lost the worker before this one, is told. */
  open() {
    this.#isOpen = true;
    for (const port of this.#served.keys()) this.#greet(port);
    // Nobody may be there to hear it.
    api().runtime.sendMessage({ keyward: this.#name }).catch(() => {});
  }

  tell(type, news) {
    if (type === "state") this.#state = news;
    if (!this.#isOpen) return;
    for (const [port, { isPage }] of this.#served) if (isPage) post(port, { tell: type, news: packed(news) });
  }

  /** The client is over, or could not be made: whoever comes is told why. */
  end(reason) {
    this.#isOpen = false;
    this.#reason = reason;
    for (const port of this.#served.keys()) refuse(port, reason);
    this.#served.clear();
  }

  #greet(port) {
    post(port, { hello: this.#allowedOrigins, news: this.#served.get(port).isPage ? packed(this.#state) : null });
  }

  /** Which methods a sender may call. What the browser says of it cannot be forged by a page. */
  #rightsOf({ id, url = "", origin }, isForeign) {
    const { runtime } = api();
    const refused = (what) => new AuthError(what, { code: "unsupported" });
    if (isForeign || id !== runtime.id) throw refused("Keyward serves this extension's own pages and content scripts only");
    const home = runtime.getURL("");
    if (url.startsWith(home) && (origin === undefined || `${origin}/` === home)) {
      const path = url.slice(home.length - 1).replace(/[?#].*/s, "");
      const { pages } = this.#options;
      if (pages && !pages.some((page) => `/${page.replace(/^\//, "")}` === path)) {
        throw refused(`the page ${path} is not among extension.pages in the background's config`);
      }
      return { methods: this.#exposes ? CALLS : CALLS.filter((call) => !TOKENS.includes(call)), isPage: true };
    }
    const where = origin ?? (URL.canParse(url) ? new URL(url).origin : "null");
    const allowed = (this.#options.contentScripts ?? []).find((one) => (one.origin ?? one) === where);
    if (!allowed) {
      throw refused(`content scripts of ${where} are not served: name that origin in extension.contentScripts of the background's config`);
    }
    return { methods: allowed.accessToken === true && this.#exposes ? ["request", ...TOKENS] : ["request"], isPage: false };
  }
}

/** One port. */
class Served {
  #port;
  #rights;
  #core;
  #allowedOrigins;
  #aborts = new Map();

  constructor(port, rights, core, allowedOrigins) {
    this.#port = port;
    this.#rights = rights;
    this.#core = core;
    this.#allowedOrigins = allowedOrigins;
    port.onMessage.addListener((message) => this.#hear(message));
  }

  get isPage() {
    return this.#rights.isPage;
  }

  /** It is gone. A request is for nobody then; what the client itself is doing goes on. */
  end() {
    for (const { abort, isRequest } of this.#aborts.values()) if (isRequest) abort.abort();
  }

  #hear({ id, method, values, abort }) {
    if (abort !== undefined) return this.#aborts.get(abort)?.abort.abort();
    if (typeof id !== "number" || !Array.isArray(values)) return;
    this.#answer(id, method, values);
  }

  async #answer(id, method, values) {
    const abort = new AbortController();
    this.#aborts.set(id, { abort, isRequest: method === "request" });
    try {
      if (!this.#rights.methods.includes(method)) throw refusal(method, this.#rights.isPage);
      const core = await this.#core();
      if (method === "request") await this.#request(core, id, values, abort.signal);
      else post(this.#port, { id, value: packed((await call(core, method, values, abort.signal)) ?? null) });
    } catch (error) {
      post(this.#port, { id, error: packed(error instanceof AuthError ? error : unanswered(error, abort.signal)) });
    }
    this.#aborts.delete(id);
  }

  /** Its answer travels by its members, and its body part by part. */
  async #request(core, id, [{ url, body, ...options }, auth], signal) {
    if (!this.#allowedOrigins.includes(new URL(url).origin)) {
      throw new AuthError("the request's origin is not among allowedOrigins", { code: "invalid_argument" });
    }
    // A script in somebody else's page gets what the token opens, and nothing of the cookies there.
    if (!this.#rights.isPage) Object.assign(options, { credentials: "omit", mode: "cors" });
    const request = new Request(url, { ...options, body: body && fromBase64(body), signal });
    const answer = await core.fetch((...given) => core.call("fetch", ...given), request, { auth: auth ?? undefined });
    const { status, statusText, redirected, type } = answer;
    const hasBody = answer.body !== null;
    post(this.#port, { id, value: { status, statusText, redirected, type, url: answer.url, headers: [...answer.headers], hasBody } });
    if (!hasBody) return;
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return post(this.#port, { id, end: true });
      post(this.#port, { id, part: toBase64(value) });
    }
  }
}

function call(core, method, [options, ...others], signal) {
  switch (method) {
    case "getAuthHeaders":
      return core.call(method, options?.method, options?.url, { ...others[0], signal });
    case "signIn":
    case "getAccessToken":
      return core.call(method, { ...options, signal });
    default:
      return core.call(method, options ?? undefined);
  }
}

function post(port, message) {
  try {
    port.postMessage(message);
  } catch {
    // It is gone.
  }
}

function refuse(port, error) {
  post(port, { refused: packed(error) });
  port.disconnect();
}

function refusal(method, isPage) {
  if (!CALLS.includes(method)) return new AuthError("there is no such method", { code: "invalid_argument" });
  const how = isPage
    ? "exposeAccessToken is false: pages get no access token; use fetch"
    : "content scripts have fetch, and tokens only where extension.contentScripts says { origin, accessToken: true }";
  return new AuthError(`${method}: ${how}`, { code: "unsupported" });
}

function unanswered(cause, signal) {
  if (signal.aborted) return new AuthError("the call was aborted", { code: "aborted", cause });
  const message = "the request was not answered: no connection, or refused by CORS or a policy";
  return new AuthError(message, { code: "network", retryable: true, cause });
}
