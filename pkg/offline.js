// Who is signed in, for a page without network: for as long as the app allows, and marked as what nobody has confirmed.

import { chosen } from "./chosen.js";
import { AuthError, invalid } from "./errors.js";
import { Listeners } from "./listeners.js";
import { LONGEST_TIMER, Mark, Shared, nameOf, onWaking } from "./marks.js";

const OWN_EVENTS = ["stale", "fresh", "withheld"];

/** An instance with the same API over `auth`, whose sessions say whether they are `stale`. */
export function withOffline(auth, options) {
  const { offlineFor, namespace = "keyward", storage, ...others } = options ?? {};
  const [unknown] = Object.keys(others);
  if (unknown) throw invalid(`${unknown}: is not known`);
  if (!(offlineFor >= 0)) throw invalid("offlineFor: must be a number of milliseconds");
  const view = new View(auth, offlineFor, new Shared(`keyward-offline:${namespace}:`, storage));
  return Object.freeze({
    get state() {
      return view.state;
    },
    get redirectResult() {
      return auth.redirectResult;
    },
    signIn: auth.signIn,
    signOut: auth.signOut,
    getAccessToken: auth.getAccessToken,
    getUserInfo: auth.getUserInfo,
    getAuthHeaders: auth.getAuthHeaders,
    handleRedirect: auth.handleRedirect,
    fetch: async (input, init) => {
      // Before the module is loaded or a request tried, for neither can succeed.
      if (view.isCutOff(init?.auth)) throw offline();
      return auth.fetch(input, init);
    },
    subscribe: (listener) => view.listen("state", listener),
    on: (type, listener) => (OWN_EVENTS.includes(type) ? view.listen(type, listener) : auth.on(type, listener)),
    close: () => {
      view.close();
      auth.close();
    },
    ...(Symbol.dispose && {
      [Symbol.dispose]() {
        this.close();
      },
    }),
  });
}

class View {
  #auth;
  #offlineFor;
  #shared;
  #listeners = new Listeners();
  #ends;
  #timer;
  /** By the session's name: when its provider has confirmed it last, and whether a token could not be had since. */
  #known = new Map();
  #from = null;
  #marks = "";
  #state;
  #isAsking = false;

  constructor(auth, offlineFor, shared) {
    this.#auth = auth;
    this.#offlineFor = offlineFor;
    this.#shared = shared;
    const look = () => this.#look();
    const confirmed = ({ session, origin }) => {
      this.#confirm(session, origin === "local");
      this.#look();
    };
    const failed = ({ session }) => {
      this.#of(session).failed = true;
      this.#look();
    };
    this.#ends = [
      onWaking((event) => (event.type === "online" ? this.#ask() : this.#look())),
      auth.subscribe(look),
      auth.on("signedIn", confirmed),
      auth.on("tokenRefreshed", confirmed),
      auth.on("refreshFailed", failed),
    ];
    const mine = auth.redirectResult?.result?.session;
    if (mine && !seen.has(auth)) this.#confirm(mine, true);
    seen.add(auth);
    this.#look();
  }

  get state() {
    return this.#state;
  }

  listen(type, listener) {
    return this.#listeners.add(type, listener);
  }

  close() {
    clearTimeout(this.#timer);
    this.#ends.splice(0).forEach((end) => end());
  }

  /** Whether a request with that session's token cannot be made: no network, and no token that is still valid. */
  isCutOff(selector) {
    if (!isOffline()) return false;
    const session = chosen(this.#auth.state, selector);
    return session?.status === "active" && this.#isStale(session);
  }

  #of(session) {
    const name = nameOf(session);
    const stored = this.#shared.read(name);
    let known = this.#known.get(name);
    if (!known) {
      // Without a word about it, what its ID token says: no earlier can it have been.
      const mark = new Mark(stored ?? (session.claims?.iat > 0 ? session.claims.iat * 1000 : Date.now()));
      known = { mark, failed: false, stale: false, withheld: false };
      this.#known.set(name, known);
    } else if (stored > known.mark.at) {
      known.mark = new Mark(stored);
    }
    if (stored !== known.mark.at) this.#shared.write(name, known.mark.at);
    return known;
  }

  #confirm(session, isHere) {
    const known = this.#of(session);
    known.failed = false;
    // Another tab has written when it was.
    if (!isHere) return;
    known.mark = new Mark(Date.now());
    this.#shared.write(nameOf(session), known.mark.at);
  }

  #isStale(session) {
    const { expiresAt } = session;
    return expiresAt === null ? isOffline() || this.#of(session).failed : expiresAt <= Date.now();
  }

  /** What there is to say now, and when to look again. */
  #look() {
    const { state } = this.#auth;
    const told = [];
    let nearest = Infinity;
    let asks = false;
    const marked = new Map();
    for (const session of state.sessions) {
      const known = this.#of(session);
      const stale = session.status === "active" && this.#isStale(session);
      const left = this.#offlineFor - known.mark.elapsed;
      // A page that has slept is not without network: its provider is asked before anybody disappears.
      const withheld = stale && left <= 0 && (isOffline() || known.failed || known.withheld);
      asks ||= stale && left <= 0 && !isOffline() && !known.failed;
      if (stale !== known.stale || withheld !== known.withheld) {
        told.push([withheld ? "withheld" : stale ? "stale" : "fresh", session, { ...known, stale, withheld }]);
      }
      Object.assign(known, { stale, withheld });
      if (stale && left > 0) nearest = Math.min(nearest, left);
      if (!stale && session.status === "active" && session.expiresAt !== null) nearest = Math.min(nearest, session.expiresAt - Date.now());
      if (!withheld) marked.set(nameOf(session), Object.freeze({ ...session, stale, confirmedAt: known.mark.at }));
    }
    this.#forget(state.sessions);
    const marks = [...marked.values()].map(({ stale, confirmedAt }) => `${stale} ${confirmedAt}`).join();
    const isNews = state !== this.#from || marks !== this.#marks || told.length > 0;
    this.#from = state;
    this.#marks = marks;
    if (isNews) this.#state = stateOf(state, marked);
    clearTimeout(this.#timer);
    if (nearest < Infinity) this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(Math.ceil(nearest), 1), LONGEST_TIMER));
    this.#timer?.unref?.();
    if (isNews) this.#listeners.tell("state", this.#state);
    for (const [type, session, { stale, mark }] of told) {
      this.#listeners.tell(type, { session: Object.freeze({ ...session, stale, confirmedAt: mark.at }) });
    }
    if (asks) this.#ask();
  }

  /** One request for all tabs: the instance sees to that. */
  async #ask() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const stale = this.#auth.state.sessions.filter((session) => session.status === "active" && this.#isStale(session));
    for (const session of stale) {
      const { provider, subject } = session;
      try {
        await this.#auth.getAccessToken({ provider, subject });
      } catch {
        this.#of(session).failed = true;
      }
    }
    this.#isAsking = false;
    this.#look();
  }

  #forget(sessions) {
    const names = sessions.map(nameOf);
    for (const name of this.#known.keys()) {
      if (names.includes(name)) continue;
      this.#known.delete(name);
      this.#shared.remove(name);
    }
  }
}

/** The instances whose sign-in in this page has been counted. */
const seen = new WeakSet();

/** The instance's state, of the sessions that may be shown. */
function stateOf({ status, session }, marked) {
  const sessions = Object.freeze([...marked.values()]);
  const active = (session && marked.get(nameOf(session))) ?? null;
  return Object.freeze(active ? { status, session: active, sessions } : { status: "signed_out", session: null, sessions });
}

const isOffline = () => globalThis.navigator?.onLine === false;

const offline = () => new AuthError("the browser is offline", { code: "network", retryable: true });
