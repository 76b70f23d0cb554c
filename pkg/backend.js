// `mode: "backend"`: the same API where a backend of the app's own is the OAuth client and the page has nothing but a cookie
// that scripts cannot read (OAuth 2.0 for Browser-Based Applications, section 6.1). docs/backend.md says what the backend answers.

import { AuthError, invalid } from "./errors.js";
import { Listeners } from "./listeners.js";

/** On every request: no form and no other origin can set it without being asked (section 6.1.3.3.3). */
const HEADERS = { "X-Keyward": "1", Accept: "application/json" };
const LONGEST = 512 * 1024;
const SIGNED_OUT = Object.freeze({ status: "signed_out", session: null, sessions: Object.freeze([]) });

export async function begin(config) {
  const auth = new BackendAuth(config);
  try {
    await auth.start();
  } catch (error) {
    auth.close();
    throw error;
  }
  return Object.freeze(auth.api);
}

class BackendAuth {
  #base;
  #origins;
  #timeout;
  #name;
  #state = SIGNED_OUT;
  #result = null;
  #listeners = new Listeners();
  #channel = null;
  #ends = [];
  #asking = null;
  #isClosed = false;
  /** What the app gets. */
  api;

  constructor(config) {
    const { backend = "/auth", allowedOrigins = [], requestTimeout = 10_000, namespace = "keyward" } = config;
    const base = parsed(backend, location.href);
    if (base?.origin !== location.origin) throw new AuthError("backend: must be a path of the page's own origin", { code: "invalid_config" });
    this.#base = base.href.replace(/\/$/, "");
    this.#origins = allowedOrigins;
    this.#timeout = requestTimeout;
    this.#name = `${namespace}:backend`;
    const auth = this;
    this.api = {
      constructor: { isClosed: () => auth.#isClosed },
      get state() {
        return auth.#state;
      },
      get redirectResult() {
        return auth.#result;
      },
      signIn: (options) => auth.#open(() => auth.#signIn(options)),
      signOut: (options) => auth.#open(() => auth.#signOut(options)),
      getUserInfo: () => auth.#open(() => auth.#ask("userinfo")),
      getAccessToken: () => auth.#open(hidden),
      getAuthHeaders: () => auth.#open(hidden),
      handleRedirect: async () => auth.#result,
      fetch: (input, init) => auth.#open(() => auth.#fetch(input, init)),
      subscribe: (listener) => auth.#listeners.add("state", listener),
      on: (type, listener) => auth.#listeners.on(type, listener),
      close: () => auth.close(),
      ...(Symbol.dispose && { [Symbol.dispose]: () => auth.close() }),
    };
  }

  async start() {
    const left = this.#left();
    await this.#look("local");
    if (left) {
      const { session } = this.#state;
      const error = session ? null : new AuthError("the sign-in ended without a session", { code: "login_required" });
      this.#result = Object.freeze({ result: session && { session, appState: left.appState, returnTo: location.href }, error });
    }
    const look = () => document.visibilityState !== "hidden" && this.#look("other_context").catch(() => {});
    for (const [target, type] of [[document, "visibilitychange"], [globalThis, "pageshow"], [globalThis, "online"]]) {
      target.addEventListener(type, look);
      this.#ends.push(() => target.removeEventListener(type, look));
    }
    if (typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = () => this.#look("other_context").catch(() => {});
    // The other tabs have the cookie by now.
    if (left) this.#channel.postMessage("changed");
  }

  close() {
    this.#isClosed = true;
    this.#channel?.close();
    this.#ends.splice(0).forEach((end) => end());
  }

  async #open(work) {
    if (this.#isClosed) throw new AuthError("this instance was closed", { code: "closed" });
    return work();
  }

  /** Who is signed in, by the cookie. One request for all who ask at once. */
  #look(origin) {
    this.#asking ??= this.#ask("session").then((answer) => this.#become(sessionOf(answer.session), origin)).finally(() => (this.#asking = null));
    return this.#asking;
  }

  #become(session, origin, reason = "other_context") {
    const before = this.#state.session;
    if (JSON.stringify(before) === JSON.stringify(session) || this.#isClosed) return;
    this.#state = session ? Object.freeze({ status: "signed_in", session, sessions: Object.freeze([session]) }) : SIGNED_OUT;
    this.#listeners.tell("state", this.#state);
    const isSame = before && session && before.issuer === session.issuer && before.subject === session.subject;
    if (before && !isSame) this.#listeners.tell("signedOut", { provider: before.provider, subject: before.subject, reason, origin });
    if (session && !isSame) this.#listeners.tell("signedIn", { session, origin });
  }

  #signIn(options = {}) {
    const { mode = "redirect", returnTo = location.href, appState = null, provider, scope, prompt, loginHint, maxAgeSeconds, acrValues, uiLocales } = options;
    if (mode !== "redirect") throw new AuthError(`mode: the backend signs in by a redirect, not by "${mode}"`, { code: "unsupported" });
    const back = parsed(returnTo, location.href);
    if (back?.origin !== location.origin) throw invalid("returnTo: must be an address of the page's own origin");
    const url = new URL(`${this.#base}/login`);
    const wishes = { returnTo: back.pathname + back.search + back.hash, provider, scope, prompt, login_hint: loginHint, max_age: maxAgeSeconds, acr_values: acrValues, ui_locales: uiLocales };
    for (const [name, wish] of Object.entries(wishes)) if (wish !== undefined) url.searchParams.set(name, wish);
    try {
      sessionStorage.setItem(this.#name, JSON.stringify({ appState }));
    } catch {
      // Then the app learns by the state alone.
    }
    location.assign(url);
    return new Promise((_, reject) => {
      const back = ({ persisted }) => persisted && reject(new AuthError("the user came back without signing in", { code: "aborted" }));
      addEventListener("pageshow", back, { once: true });
    });
  }

  async #signOut({ mode = "redirect" } = {}) {
    const { redirect } = await this.#ask("logout", { method: "POST", body: JSON.stringify({ mode }) });
    this.#become(null, "local", "user");
    this.#channel?.postMessage("changed");
    const url = mode === "redirect" && typeof redirect === "string" ? parsed(redirect, location.href) : null;
    if (!url || !/^https?:$/.test(url.protocol)) return;
    location.assign(url);
    await new Promise(() => {});
  }

  /** To an allowed origin by way of the backend, which has the token; elsewhere plainly. */
  async #fetch(input, init) {
    const { auth: _, ...options } = init ?? {};
    const request = new Request(input, options);
    const { origin } = new URL(request.url);
    if (!this.#origins.includes(origin)) return fetch(request);
    const headers = new Headers(request.headers);
    headers.set("X-Keyward", "1");
    const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.arrayBuffer();
    const { method, signal } = request;
    const url = `${this.#base}/proxy?url=${encodeURIComponent(request.url)}`;
    const response = await answered(fetch(url, { method, headers, body, signal, credentials: "same-origin", redirect: "manual" }));
    // The backend's own word that the session is over.
    if (response.status === 401 && response.headers.get("X-Keyward") === "signed_out") await this.#look("local").catch(() => {});
    return response;
  }

  async #ask(what, init) {
    const signal = AbortSignal.timeout(this.#timeout);
    const headers = { ...HEADERS, ...(init?.body && { "Content-Type": "application/json" }) };
    const response = await answered(fetch(`${this.#base}/${what}`, { cache: "no-store", credentials: "same-origin", redirect: "error", ...init, headers, signal }));
    const text = await answered(response.text());
    if (response.status === 401) throw new AuthError("nobody is signed in", { code: "login_required" });
    if (!response.ok) throw new AuthError(`the backend answered ${response.status}`, { code: "temporarily_unavailable", retryable: response.status >= 500 });
    try {
      const answer = JSON.parse(text.length <= LONGEST ? text : "");
      if (typeof answer === "object" && answer !== null) return answer;
    } catch {
      // Said below.
    }
    throw new AuthError(`the backend's answer to ${what} is no JSON object: is it there at ${this.#base}?`, { code: "invalid_response" });
  }

  /** What this tab left for the sign-in that it comes back from. */
  #left() {
    try {
      const left = JSON.parse(sessionStorage.getItem(this.#name) ?? "null");
      sessionStorage.removeItem(this.#name);
      return left;
    } catch {
      return null;
    }
  }
}

/** What the backend says of the session, in the form that every other session has. */
function sessionOf(said) {
  if (said === null) return null;
  const { provider = "default", issuer, subject, clientId, claims = null, scope = [], expiresAt = null } = said ?? {};
  if (![provider, issuer, subject, clientId].every((text) => typeof text === "string" && text !== "") || !Array.isArray(scope)) {
    throw new AuthError("the backend's session has no issuer, subject or clientId", { code: "invalid_response" });
  }
  const frozen = (value) => (typeof value === "object" && value !== null ? Object.freeze(value) : null);
  return Object.freeze({ provider, issuer, subject, clientId, claims: frozen(claims), scope: Object.freeze(scope), expiresAt, status: "active", error: null });
}

async function answered(work) {
  try {
    return await work;
  } catch (cause) {
    if (cause?.name === "TimeoutError") throw new AuthError("the backend did not answer in time", { code: "timeout", retryable: true, cause });
    if (cause?.name === "AbortError") throw new AuthError("the request was aborted", { code: "aborted", cause });
    throw new AuthError("the backend could not be reached", { code: "network", retryable: true, cause });
  }
}

function parsed(text, base) {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

function hidden() {
  throw new AuthError("the backend keeps the tokens: use auth.fetch", { code: "unsupported" });
}
