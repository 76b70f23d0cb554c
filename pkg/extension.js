// The background of a browser extension (Manifest V3): the client lives here, in a service worker or an event page that the
// browser ends half a minute after its last event. So nothing is kept that is not stored, alarms stand for timers, and every
// listener is there after the first synchronous step. The extension's pages use extension-page.js.

import { Auth } from "./auth.js";
import { BaseCore } from "./base.js";
import { fingerprint } from "./alike.js";
import { namespaceOf, providersOf } from "./config.js";
import { LocalCore, loadOnce } from "./core.js";
import { AuthError } from "./errors.js";
import { Alarms } from "./extension-alarms.js";
import { api } from "./extension-api.js";
import { areas, close } from "./extension-areas.js";
import { Flows, check as checkRedirect, given } from "./extension-flows.js";
import { Hub } from "./extension-hub.js";
import { lively } from "./lively.js";
import { check as checkModule } from "./load.js";

export { AuthError } from "./errors.js";
/** The address that the browser gives this extension, for the provider to know; null where there is no identity API. */
export { given as redirectUri } from "./extension-flows.js";

/** No window stays open for longer, unless a call says so. */
const SIGN_IN_TIMEOUT = 5 * 60_000;
/** An event, here a call of the browser's API, gives a service worker another 30 s. */
const PULSE = 20_000;

/** By namespace. */
const current = new Map();

/** To be called in the first step of the background script: browsers wake it for events that it has listeners for then. */
export function init(config) {
  const [key, namespace] = [fingerprint(config), namespaceOf(config)];
  let mine = current.get(namespace);
  if (mine?.key !== key || mine.background.isOver) {
    mine?.background.leave();
    mine = { key, background: new Background(config) };
    current.set(namespace, mine);
  }
  return mine.background.ready.then((auth) => auth);
}

class Background {
  #hub;
  #alarms;
  #flows;
  #core = null;
  #listening = [];
  isOver = false;
  ready;

  constructor(config) {
    const namespace = namespaceOf(config);
    const core = () => this.ready.then(() => this.#core);
    this.#hub = new Hub(namespace, config, core);
    this.#alarms = new Alarms(namespace, config?.refreshLeadSeconds, core);
    this.#flows = new Flows(returns(config));
    const { alarms, runtime, tabs } = api();
    this.#listen(runtime?.onConnect, (port) => this.#hub.connect(port, false));
    this.#listen(runtime?.onConnectExternal, (port) => this.#hub.connect(port, true));
    this.#listen(runtime?.onMessage, (message, sender) => this.#pageCameBack(message, sender));
    this.#listen(alarms?.onAlarm, ({ name }) => this.#alarms.rang(name));
    // Only then: it wakes the worker for every tab there is.
    if (this.#flows.useTabs) this.#listen(tabs?.onUpdated, (id, { url }) => url && this.#tabIsAt(url, id));
    this.ready = this.#begin(config).catch((cause) => {
      const error = cause instanceof AuthError ? cause : new AuthError("the config cannot be read", { code: "invalid_config", cause });
      this.#end(error);
      throw error;
    });
    // Whoever calls `init` hears of it; so do the pages.
    this.ready.catch(() => {});
  }

  async #begin(config) {
    checkPlace(config);
    checkModule(config.wasm);
    const { refreshToken = "session", signInTimeout = SIGN_IN_TIMEOUT } = options(config);
    await close(refreshToken);
    await loadOnce(config.wasm).catch((cause) => {
      throw forExtensions(cause);
    });
    const { autoRefresh, exposeAccessToken, extension, ...rest } = config;
    const prefix = `${namespaceOf(config)}:session:`;
    let full = null;
    const storage = areas(refreshToken, (key) => key.startsWith(prefix), (cause) => (full = cause));
    const client = { ...rest, storage, autoRefresh: false };
    const own = lively(client, () => client);
    const make = (tell) => {
      const hear = (type, news) => {
        const told = type === "storageDegraded" && full ? { error: explained(news.error, full) } : news;
        if (autoRefresh !== false) this.#alarms.hear(type, told);
        tell(type, told);
        this.#hub.tell(type, told);
      };
      this.#core = new ExtensionCore(own, hear, this.#flows, signInTimeout, () => this.#end(closed()));
      return this.#core;
    };
    const auth = await Auth.start(make, config, null);
    this.#hub.open();
    return auth;
  }

  /** A tab is where a flow comes back to. */
  async #tabIsAt(url, tab) {
    if (!this.#flows.isReturn(url) || this.#flows.arrived(url)) return;
    // The worker that began it was killed: what it has stored is enough.
    const handled = await this.ready.then(() => this.#core.call("handleRedirect", url)).catch(() => null);
    if (handled) api().tabs?.remove(tab).catch(() => {});
  }

  /** The same, said by that page itself (extension-callback.js): where the manifest has no right to see the tab's address. */
  #pageCameBack(message, { id, url, tab }) {
    if (message?.keyward !== "response" || id !== api().runtime.id || !url?.startsWith(api().runtime.getURL(""))) return;
    this.#tabIsAt(url, tab?.id);
  }

  #listen(event, listener) {
    event?.addListener(listener);
    this.#listening.push(() => event?.removeListener(listener));
  }

  /** It listens still, to say why it does nothing else. */
  #end(reason) {
    this.isOver = true;
    this.#hub.end(reason);
  }

  /** Another one takes its place. */
  leave() {
    this.#listening.splice(0).forEach((stop) => stop());
    this.#end(closed());
  }
}

const closed = () => new AuthError("the background has closed this instance", { code: "closed" });

/** The client, as `Auth` and the pages call it: what needs a page elsewhere is a flow of the browser's here. */
class ExtensionCore extends BaseCore {
  #core;
  #config;
  #flows;
  #limit;
  #ended;
  #state = null;
  /** The sign-in that is being begun, and where a logout leads back to. */
  #call = {};
  #back;
  /** Flows that failed, until the client has said so. */
  #failed = [];
  #logouts = new Set();
  #pulse = null;
  #busy = 0;

  constructor(config, tell, flows, limit, ended) {
    super();
    this.#config = config;
    this.#flows = flows;
    this.#limit = limit;
    this.#ended = ended;
    const hear = (type, news) => {
      if (type === "state") this.#state = news;
      tell(type, this.#explained(type, news) ?? news);
    };
    this.#core = new LocalCore(config, hear, this.#page());
  }

  token() {
    return this.#core.token();
  }

  call(method, ...values) {
    switch (method) {
      case "signIn":
        return this.#alive(this.#signIn(values[0]));
      case "signOut":
        return this.#alive(this.#signOut(values[0]));
      default:
        return this.#alive(this.#core.call(method, ...values));
    }
  }

  close() {
    clearInterval(this.#pulse);
    this.#core.close();
    this.#ended();
  }

  /** An event as the app hears it: why a flow failed is known here, and not to the client. */
  #explained(type, news) {
    if (type !== "signInFailed" || news.error.code !== "popup_closed") return null;
    const call = this.#failed.find((failed) => !failed.told);
    if (!call) return null;
    call.told = Object.freeze({ ...news, error: ofProvider(call.failure, news.provider) });
    return call.told;
  }

  async #signIn(options = {}) {
    const { mode = "extension", timeout, ...others } = Object(options);
    if (mode !== "extension" && mode !== "silent") {
      throw new AuthError('mode: in an extension it is "extension" or "silent"', { code: "invalid_argument" });
    }
    const call = { back: this.#provider(others.provider)?.redirectUri };
    this.#call = call;
    const asked = mode === "silent" ? { ...others, mode, timeout } : { ...others, mode: "popup", timeout: timeout ?? this.#limit };
    try {
      return await this.#core.call("signIn", asked);
    } catch (error) {
      throw call.failure && error.code === "popup_closed" ? (call.told?.error ?? call.failure) : error;
    } finally {
      this.#failed = this.#failed.filter((failed) => failed !== call);
    }
  }

  /** Leads to the provider only if it can come back: otherwise a window of the provider's would stay open. */
  async #signOut(options) {
    const { provider, postLogoutRedirectUri } = Object(options);
    const id = provider ?? this.#state?.session?.provider;
    const back = postLogoutRedirectUri ?? this.#provider(id)?.postLogoutRedirectUri;
    this.#back = back;
    await this.#core.call("signOut", back === undefined ? { ...options, mode: "local" } : options);
    await Promise.all(this.#logouts);
  }

  #provider(id) {
    const providers = providersOf(this.#config);
    return id === undefined ? Object.values(providers)[0] : providers[id];
  }

  /** The page, as the client sees it (src/platform/web/page.js has the same members). */
  #page() {
    const leave = (url) => {
      const logout = this.#flows
        .leave(url, this.#back, this.#limit)
        .then((answer) => answer && this.#core.call("handleRedirect", answer));
      this.#logouts.add(logout);
      logout.catch(() => {}).then(() => this.#logouts.delete(logout));
      // No page is left: the call goes on.
      return false;
    };
    return {
      url: undefined,
      get home() {
        return given() ?? undefined;
      },
      replaceUrl() {},
      navigate: leave,
      submit: (_url, _form, otherwise) => leave(otherwise),
      back: () => new Promise(() => {}),
      unmark() {},
      openPopup: () => this.#flows.open(false, this.#call.back, this.#call),
      openFrame: () => this.#flows.open(true, this.#call.back, this.#call),
      close: (opened) => opened.close(),
      visit: async (opened, url, state) => {
        const answer = await this.#flows.visit(opened, url, state);
        if (answer === null && opened.call.failure) this.#failed.push(opened.call);
        return answer;
      },
      isAwaited: () => false,
      relay() {},
    };
  }

  /** The browser ends a worker that has no event for 30 s, also in the middle of a request. */
  #alive(work) {
    if (typeof work?.then !== "function") return work;
    this.#busy += 1;
    this.#pulse ??= setInterval(() => api().runtime.getPlatformInfo(), PULSE);
    const done = () => {
      this.#busy -= 1;
      if (this.#busy > 0) return;
      clearInterval(this.#pulse);
      this.#pulse = null;
    };
    work.then(done, done);
    return work;
  }
}

function options(config) {
  return config?.extension ?? {};
}

const returns = (config) =>
  Object.values(Object(config).providers ?? { default: Object(config) })
    .flatMap((provider) => [provider?.redirectUri, provider?.postLogoutRedirectUri])
    .filter((uri) => typeof uri === "string");

const KNOWN = {
  refreshToken: (value) => value === "session" || value === "local" || 'must be "session" or "local"',
  pages: (value) => isList(value, (page) => typeof page === "string") || "must be an array of paths",
  contentScripts: (value) => isList(value, isAllowance) || "must be an array of origins, or of { origin, accessToken }",
  signInTimeout: (value) => (Number.isFinite(value) && value > 0) || "must be a number of milliseconds",
};
const isList = (value, holds) => Array.isArray(value) && value.every(holds);
const isOrigin = (value) => typeof value === "string" && URL.canParse(value) && new URL(value).origin === value;
const isAllowance = (value) => isOrigin(value) || isOrigin(value?.origin);

/** What the manifest or the browser lacks, by name. */
function checkPlace(config) {
  const wrong = (message) => new AuthError(message, { code: "invalid_config" });
  if (typeof config !== "object" || config === null) throw wrong("the config must be an object");
  const { extension = {}, storage, openUrl, isolation, autoRefresh } = config;
  if (typeof extension !== "object" || extension === null) throw wrong("extension: must be an object");
  for (const [name, value] of Object.entries(extension)) {
    const verdict = Object.hasOwn(KNOWN, name) ? value === undefined || KNOWN[name](value) : "is not known";
    if (verdict !== true) throw wrong(`extension.${name}: ${verdict}`);
  }
  if (storage !== undefined) throw wrong("storage: an extension's sessions are in its storage areas: see extension.refreshToken");
  if (openUrl !== undefined) throw wrong("openUrl: the browser shows the provider's pages here");
  if (isolation !== undefined) throw wrong("isolation: the client of an extension is in its background as it is");
  const { alarms, runtime, storage: areasHere } = api();
  if (!runtime?.id || !runtime.getURL) throw new AuthError("this is no background script of an extension", { code: "unsupported" });
  if (!areasHere) throw wrong('manifest: permissions lacks "storage"');
  if (!areasHere.session) {
    const message = "this browser has no storage.session, in which an extension keeps what is not to be on the disk: " +
      "Chromium 102, Firefox 115 or Safari 16.4 have it (minimum_chrome_version, strict_min_version)";
    throw new AuthError(message, { code: "unsupported" });
  }
  if (!alarms && autoRefresh !== false) throw wrong('manifest: permissions lacks "alarms" (or say autoRefresh: false)');
  for (const [id, provider] of Object.entries(providersOf(config))) {
    checkRedirect(provider?.redirectUri, config.providers ? `providers.${id}.redirectUri` : "redirectUri");
  }
}

/** What the browser says of its policy, for a manifest. */
function forExtensions(cause) {
  if (cause?.code !== "wasm_blocked") return cause;
  const message = "the manifest forbids WebAssembly: script-src of its policy lacks 'wasm-unsafe-eval'. In manifest.json: " +
    `"content_security_policy": { "extension_pages": "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" }`;
  return new AuthError(message, { code: "wasm_blocked", cause });
}

function explained({ message, code, retryable, provider }, cause) {
  const why = /quota/i.test(cause?.message)
    ? "the extension's storage area is full (storage.session has 10 MB in all): remove what else is in it"
    : "the extension's storage area refused it";
  return new AuthError(`${message}: ${why} (the browser: ${cause?.message})`, { code, retryable, provider, cause });
}

function ofProvider({ message, code, retryable, cause }, provider) {
  return new AuthError(message, { code, retryable, provider, cause });
}
