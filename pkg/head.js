// What a page needs at once, before the WebAssembly module is there: the state to show, and a token. The module has left
// both ready-made (src/session/view.rs), so nothing is decided here: what does not fit waits for the module.

import { configuration, namespaceOf, viewKey } from "./config.js";
import { AuthError } from "./errors.js";
import { EMPTY, wait } from "./module.js";
import { own } from "./tab.js";

const VERSION = 1;

/** The state of a visitor who is signed out. */
const NOBODY = frozen({ status: "signed_out", session: null, sessions: [] });

/** A view that fits this page's client: what it shows, and within which time its token may be handed out, if it has one. */
class View {
  constructor(text, { sessions, token, from, until }, { isolation }) {
    const shown = frozen(sessions.map(session));
    this.text = text;
    this.state = frozen({ status: shown[0].error ? "reauth_required" : "signed_in", session: shown[0], sessions: shown });
    this.token = token === undefined ? null : Promise.resolve(token);
    // Where there is no token but in a worker, the page waits for the module.
    this.from = token === undefined && isolation !== "worker" ? Infinity : from;
    this.until = until;
  }

  /** Whether a page may go by it now. */
  get isGood() {
    const now = Date.now();
    return now >= this.from && now < this.until;
  }
}

/** Where a page starts from while the module is on its way. */
export class Head {
  #config;
  #storage;
  #key;
  #view;
  #end = new AbortController();
  /** Ends its hold of a tab's own storage. */
  #hold = new AbortController();
  /** The page was left with such a hold, and is shown again: meanwhile another may have it. */
  #isUnsure = false;
  /** Null for a visitor who is signed out. */
  text;

  /** Null if this page has to wait for the module. */
  static async of(config) {
    try {
      if (!isPlain(config)) return null;
      // What forbids the module is for the module to say.
      if (config.isolation !== "worker") new WebAssembly.Instance(new WebAssembly.Module(EMPTY));
      const key = viewKey(config);
      const isTabs = config.storage === "session";
      const storage = isTabs ? sessionStorage : localStorage;
      const view = parsed(storage.getItem(key), config);
      const head = new Head(config, storage, key, view);
      // A token that is nearly over, or has none, has the module come at once; so nothing is gained by not waiting for it.
      if (view?.isGood) return !isTabs || (await head.#owns()) ? head : null;
      // Whether there can be a worker at all is said before anything else.
      return !view && config.isolation !== "worker" && (await isVacant(config, storage)) ? head : null;
    } catch {
      // Blocked, or a place without such storage.
      return null;
    }
  }

  constructor(config, storage, key, view) {
    this.#config = config;
    this.#storage = storage;
    this.#key = key;
    this.#view = view;
    this.text = view?.text;
  }

  get state() {
    return this.#view?.state ?? NOBODY;
  }

  /** For how long the module is not needed on the token's account. */
  get rest() {
    return this.#view ? this.#view.until - Date.now() : Infinity;
  }

  async #owns() {
    const owns = await own(this.#storage, namespaceOf(this.#config), this.#hold.signal);
    const leave = () => {
      this.#isUnsure = true;
      this.release();
    };
    if (owns) addEventListener("pagehide", leave, { signal: this.#end.signal });
    return owns;
  }

  /** The module holds it from now on. */
  release() {
    this.#hold.abort();
  }

  /** The promise of the token, if what it is from is still what was left last. */
  token() {
    return this.#view?.isGood && !this.#isUnsure && this.#read() === this.#view.text ? this.#view.token : null;
  }

  /**
   * Calls back with the state if another tab leaves another view, or none: then somebody has signed out. `undefined` if it
   * does not say enough.
   */
  watch(hear) {
    const look = () => {
      if (this.#isUnsure) return hear();
      const text = this.#read();
      if (text === (this.#view?.text ?? null)) return;
      const view = text === null ? null : parsed(text, this.#config);
      if (text !== null && !view) return hear();
      this.#view = view;
      hear(this.state);
    };
    const { signal } = this.#end;
    // A page that was frozen or put aside has heard nothing.
    for (const type of ["storage", "pageshow", "focus"]) addEventListener(type, look, { signal });
    for (const type of ["visibilitychange", "resume"]) document.addEventListener(type, look, { signal });
  }

  end() {
    this.release();
    this.#end.abort();
  }

  #read() {
    try {
      return this.#storage.getItem(this.#key);
    } catch {
      return null;
    }
  }
}

/** Null for whatever the module of this release would not have written for this configuration. */
function parsed(text, config) {
  try {
    const view = JSON.parse(text);
    const isOurs = view?.v === VERSION && JSON.stringify(view.for) === configuration(config) && fits(view);
    // A client that lives in a worker leaves no token, and goes by nothing that one in a page has left.
    return isOurs && (config.isolation !== "worker" || view.token === undefined) ? new View(text, view, config) : null;
  } catch {
    return null;
  }
}

const isText = (value) => typeof value === "string" && value !== "";
const isTime = (value) => Number.isSafeInteger(value);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const orNull = (is) => (value) => value === null || is(value);
const isList = (of) => (value) => Array.isArray(value) && value.every(of);

const SESSION = {
  provider: isText,
  issuer: isText,
  subject: isText,
  clientId: isText,
  claims: orNull(isObject),
  scope: isList(isText),
  authorizationDetails: orNull(Array.isArray),
  expiresAt: orNull(isTime),
  status: (value) => value === "active" || value === "reauth_required",
  error: orNull((value) => isObject(value) && isText(value.code) && typeof value.message === "string"),
};

function fits({ sessions, token, from, until }) {
  if (!isList((session) => isObject(session) && has(session, SESSION))(sessions) || !sessions.length) return false;
  return token === undefined || (isText(token) && isTime(from) && isTime(until) && sessions[0].error === null);
}

/** Exactly these members, each as it must be. */
function has(value, members) {
  const names = Object.keys(value);
  return names.length === Object.keys(members).length && names.every((name) => Object.hasOwn(members, name) && members[name](value[name]));
}

function session({ error, ...members }) {
  if (!error) return frozen({ ...members, error });
  const { message, code, retryable, oauth } = error;
  return frozen({ ...members, error: new AuthError(message, { code, retryable, oauth: frozen(oauth ?? null) }) });
}

/** To its depth. JSON has no cycles; an error stays as it is. */
function frozen(value) {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** Nothing of this client is stored here: nobody is signed in, and that for certain. */
async function isVacant(config, storage) {
  const prefix = `${namespaceOf(config)}:`;
  if (Object.keys(storage).some((name) => name.startsWith(prefix))) return false;
  if (config.storage === "session") return true;
  // Browsers have been seen never to answer: then this page waits for the module.
  const silence = new Promise((resolve) => wait(resolve, 500));
  const databases = await Promise.race([indexedDB.databases(), silence]);
  return databases && !databases.some(({ name }) => name === prefix.slice(0, -1));
}

/** `https:` or, on this machine, `http:`, with nothing in it that could be wrong. */
const isUrl = (value) =>
  typeof value === "string" &&
  /^(https:\/\/[a-z\d.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d+)?(\/[\w.~/-]*)?$/.test(value) &&
  Boolean(new URL(value));
const isOrigin = (value) => isUrl(value) && new URL(value).origin === value;
const isFlag = (value) => typeof value === "boolean";
const isSpan = (value) => Number.isFinite(value) && value >= 0 && value <= 300;
const isFunction = (value) => typeof value === "function";

/** What can be seen here to be right. The module judges configurations; what it might refuse waits for it. */
const COMMON = {
  storage: (value) => value === "local" || value === "session",
  allowedOrigins: isList(isOrigin),
  handleRedirect: isFlag,
  restoreUrl: isFlag,
  autoRefresh: isFlag,
  refreshLeadSeconds: isSpan,
  clockToleranceSeconds: isSpan,
  isolation: (value) => value === "page" || value === "worker",
  exposeAccessToken: isFlag,
  requestTimeout: (value) => Number.isFinite(value) && value >= 1 && value <= 60_000,
  namespace: isText,
  logger: (value) => isFunction(value) || value === "console",
  openUrl: isFunction,
  wasm: (value) => isObject(value) && Object.keys(value).every((name) => Object.hasOwn(WASM, name) && WASM[name](value[name])),
};
const WASM = {
  load: (value) => value === undefined || value === "idle" || value === "now",
  source: (value) =>
    value === undefined ||
    typeof value === "string" ||
    ArrayBuffer.isView(value) ||
    [URL, Response, WebAssembly.Module, ArrayBuffer].some((kind) => value instanceof kind),
};
const PROVIDER = {
  issuer: isUrl,
  clientId: isText,
  redirectUri: isUrl,
  postLogoutRedirectUri: isUrl,
  scope: isText,
  resource: isUrl,
  authorizationParams: (value) =>
    isObject(value) && Object.entries(value).every(([name, text]) => FREE.includes(name) && typeof text === "string"),
  dpop: (value) => isFlag(value) || value === "auto",
  par: isFlag,
  idTokenVerification: (value) => value === "signature" || value === "tls",
};
/** Parameters that providers have beside the protocol's. */
const FREE = ["access_type", "audience", "connection", "domain_hint", "hd", "kc_idp_hint", "organization", "prompt"];

function isPlain(config) {
  const are = (value, members) =>
    isObject(value) &&
    Object.keys(value).every((name) => value[name] === undefined || (Object.hasOwn(members, name) && members[name](value[name])));
  const isProvider = (value) => are(value, PROVIDER) && isText(value.clientId) && isUrl(value.issuer);
  if (!isObject(config)) return false;
  const isApart = config.isolation === "worker";
  if (isApart ? config.storage === "session" : config.exposeAccessToken === false) return false;
  const { providers, ...common } = config;
  if (providers === undefined) {
    return are(config, { ...COMMON, ...PROVIDER }) && isText(config.clientId) && isUrl(config.issuer);
  }
  return are(common, COMMON) && isObject(providers) && Object.entries(providers).length > 0 && Object.entries(providers).every(([id, value]) => id !== "" && isProvider(value));
}
