// What the bindings for frameworks have in common: an instance that can be watched before it is there, and on a server,
// where it never is.

import { AuthError, init } from "keyward";

import { fingerprint } from "./alike.js";
import { enter } from "./guard.js";
import { lively } from "./lively.js";
import { isResponse } from "./response.js";

const ACTIONS = ["signIn", "signOut", "getAccessToken", "getUserInfo", "getAuthHeaders", "fetch"];

/** While nobody knows who is signed in. */
const UNKNOWN = Object.freeze({ status: "loading", session: null, sessions: Object.freeze([]) });
const FAILED = Object.freeze({ ...UNKNOWN, status: "failed" });

/** In a page, by what the config says: a framework may begin to render several times, and throw all of it away. */
const byConfig = new Map();
const byInstance = new WeakMap();

/** `source` is a config, an instance (or a fake of one), or the promise of an instance. */
export function bindingOf(source) {
  const [bindings, key] = isConfig(source) ? [byConfig, fingerprint(source)] : [byInstance, source];
  if (typeof document === "undefined" || typeof key === "symbol") return new Binding(source);
  if (!bindings.get(key)?.isUsable) bindings.set(key, new Binding(source));
  return bindings.get(key);
}

class Binding {
  /** Own functions that wait for the instance; a popup opens in the user's gesture once it is there. */
  actions = {};
  /** What a server renders, and a page until it has taken over what a server has rendered. */
  initial;
  /** The latest config: functions in it are called as they are now. */
  config;
  #source;
  #auth = null;
  #ready = null;
  #error = null;
  #isReturning = false;
  #listeners = new Set();
  #unsubscribe = null;
  #state = UNKNOWN;
  #snapshot;
  #told = null;

  constructor(source) {
    this.#source = this.config = source;
    for (const name of ACTIONS) this.actions[name] = (...values) => this.#call(name, values);
    this.initial = this.#show(UNKNOWN);
  }

  get isUsable() {
    return !this.#auth?.constructor.isClosed?.(this.#auth);
  }

  /** The same object until something changes. */
  get snapshot() {
    const state = this.#auth?.state ?? this.#state;
    return state === this.#state ? this.#snapshot : this.#show(state);
  }

  subscribe = (listener) => {
    const entry = { listener };
    this.#listeners.add(entry);
    this.#watch();
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
    };
  };

  /** Begins, in a page, and resolves to the snapshot when it is known who is signed in, or why that cannot be known. */
  ready = () => {
    if (typeof document === "undefined") return Promise.resolve(this.initial);
    return (this.#ready ??= this.#begin());
  };

  /** The instance, as soon as there is one. */
  instance = async () => {
    // Whoever asks for it after a failure has it tried again.
    if (this.#state === FAILED) this.#ready = null;
    await this.ready();
    // On a server it is for the package to say why.
    if (!this.#auth) throw this.#error ?? (await init(this.#source).then(unavailable, (error) => error));
    return this.#auth;
  };

  /** For guards: one sign-in, and where it fails the snapshot says why. */
  async enter(options) {
    try {
      if (this.#auth && this.#error) this.#fail(null);
      await enter(await this.instance(), options);
    } catch (error) {
      if (this.#auth) this.#fail(error);
    }
  }

  async #begin() {
    this.#error = null;
    try {
      this.#isReturning = isResponse(location.href);
      this.#show(UNKNOWN);
      this.#auth = await (isConfig(this.#source) ? init(lively(this.#source, () => this.config)) : this.#source);
      this.#error = this.#auth.redirectResult?.error ?? null;
    } catch (error) {
      this.#error = error;
      report(error);
    }
    this.#isReturning = false;
    this.#changed(this.#auth?.state ?? FAILED);
    this.#watch();
    return this.snapshot;
  }

  #watch() {
    if (this.#auth && this.#listeners.size > 0) this.#unsubscribe ??= this.#auth.subscribe(() => this.#tell());
  }

  #call(name, values) {
    if (name === "signIn" && this.#error && this.#auth) this.#fail(null);
    return this.#auth ? this.#auth[name](...values) : this.instance().then((auth) => auth[name](...values));
  }

  #fail(error) {
    this.#error = error;
    this.#changed(this.#auth.state);
  }

  #changed(state) {
    this.#show(state);
    this.#tell();
  }

  /** Each snapshot once. */
  #tell() {
    const { snapshot } = this;
    if (snapshot === this.#told) return;
    this.#told = snapshot;
    for (const { listener } of [...this.#listeners]) listener(snapshot);
  }

  #show(state) {
    this.#state = state;
    if (state.status === "signed_in") this.#error = null;
    const { status, session, sessions } = state;
    return (this.#snapshot = Object.freeze({
      status,
      session,
      sessions,
      user: session?.claims ?? null,
      error: this.#error,
      isLoading: status === "loading",
      isReturning: this.#isReturning,
      isSignedIn: status === "signed_in",
      auth: this.#auth,
      ...this.actions,
    }));
  }
}

const isConfig = (source) => typeof source?.then !== "function" && typeof source?.getAccessToken !== "function";

const unavailable = () => new AuthError("there is no page here", { code: "unsupported" });

/** Once, as an exception that nobody caught: a config that is wrong is not to be overlooked. */
function report(error) {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
