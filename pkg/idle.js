// Signs a user out who has gone away, or whose session has lasted as long as it may: in all tabs at once, by the clock.

import { invalid } from "./errors.js";
import { Listeners } from "./listeners.js";
import { LONGEST_TIMER, Mark, Shared, nameOf, onWaking } from "./marks.js";

const EVENTS = ["warning", "countdown", "resumed", "ended"];
const ACTIVITY = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** Other tabs learn of activity so late at most. */
const SHARE_AFTER = 1000;
/** So long news of activity in another tab is waited for before anybody is signed out. */
const SETTLE = 1500;
/** Until a sign-out that failed is tried again. */
const AGAIN = 5000;

/** Begins at once. `auth` is the instance that `init` brought. */
export function watchIdle(auth, options) {
  return new IdleWatch(auth, checked(options));
}

class IdleWatch {
  #auth;
  #options;
  #shared;
  #last;
  /** By the session's name: when it began. */
  #began = new Map();
  #state = Object.freeze({ phase: "off", reason: null, endsAt: null });
  #listeners = new Listeners();
  #ends = [];
  #timer;
  #sharing = null;
  #channel = null;
  /** What has ended the sessions, from the decision to the next sign-in. */
  #cause = null;
  /** Why this tab is about to sign out. */
  #ending = null;
  #isStopped = false;
  #hadSession = false;

  constructor(auth, options) {
    this.#auth = auth;
    this.#options = options;
    this.#shared = new Shared(`keyward-idle:${options.namespace}:`, options.storage);
    // A sign-in that this page has just finished is told before anybody could listen.
    const mine = auth.redirectResult?.result?.session;
    if (mine && !seen.has(auth.redirectResult)) {
      seen.add(auth.redirectResult);
      this.#begin(mine);
    }
    this.#last = this.#stored() ?? this.#noted();
    this.#hadSession = Boolean(auth.state.session);
    this.#cause = auth.state.session ? null : note(options.namespace);
    this.#listen();
    this.check();
  }

  /** The same object until something changes. */
  get state() {
    return this.#state;
  }

  /** What is left, in milliseconds; null while nothing ends. */
  get remaining() {
    const next = this.#next();
    return next && Math.max(0, next.left);
  }

  /** The user is there: what a button "stay signed in" does, or a video that plays. */
  stay = () => {
    if (!this.#isOver()) this.#active();
  };

  subscribe = (listener) => this.#listeners.add("state", listener);

  on = (type, listener) => {
    if (!EVENTS.includes(type)) throw invalid(`type: is none of ${EVENTS.join(", ")}`);
    return this.#listeners.add(type, listener);
  };

  /** Ends this tab's watch and leaves the session as it is. */
  stop = () => {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    if (this.#sharing !== null) this.#share();
    this.#channel?.close();
    this.#ends.splice(0).forEach((end) => end());
  };

  #listen() {
    const { activity, confirm, namespace } = this.#options;
    const check = () => this.check();
    const act = (event) => {
      // Scripts are nobody.
      if (event.isTrusted === false) return;
      // Whoever comes back too late does not bring the session back.
      if (this.#isOver()) return void this.check();
      if (confirm && this.#state.phase === "warning") return;
      this.#active();
    };
    const store = (event) => this.#shared.owns(event) && this.check();
    const window = globalThis;
    if (typeof window.addEventListener === "function") {
      for (const type of activity) {
        window.addEventListener(type, act, { capture: true, passive: true });
        this.#ends.push(() => window.removeEventListener(type, act, { capture: true }));
      }
      window.addEventListener("storage", store);
      this.#ends.push(() => window.removeEventListener("storage", store));
    }
    this.#ends.push(
      onWaking(check),
      this.#auth.subscribe(check),
      this.#auth.on("signedIn", ({ session, origin }) => {
        if (origin === "local") this.#begin(session);
        this.check();
      }),
    );
    if (typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(`keyward-idle:${namespace}`);
    this.#channel.onmessage = ({ data }) => this.#hear(data?.ended);
    this.#channel.unref?.();
  }

  #hear(reason) {
    if (reason !== "idle" && reason !== "lifetime") return;
    this.#cause = reason;
    this.check();
  }

  /** Somebody has signed in here, now. */
  #begin(session) {
    const name = nameOf(session);
    const now = Date.now();
    // A sign-in in silence, of a session that there is: nobody was there.
    const authenticated = session.claims?.auth_time;
    if (authenticated && this.#shared.read(`since:${name}`) && this.#shared.read(`auth:${name}`) === authenticated) return;
    this.#shared.write(`since:${name}`, now);
    this.#noteAuthentication(session);
    this.#shared.write("last", now);
    this.#last = new Mark(now);
    this.#cause = null;
  }

  /** When the provider has seen the user last, by its clock. */
  #noteAuthentication(session) {
    const authenticated = session.claims?.auth_time;
    if (authenticated) this.#shared.write(`auth:${nameOf(session)}`, authenticated);
    else this.#shared.remove(`auth:${nameOf(session)}`);
  }

  #forget(name) {
    this.#began.delete(name);
    for (const kind of ["since", "auth"]) this.#shared.remove(`${kind}:${name}`);
  }

  #noted() {
    const mark = new Mark(Date.now());
    if (this.#auth.state.session) this.#shared.write("last", mark.at);
    return mark;
  }

  /** What any tab has left of the last activity. */
  #stored() {
    const at = this.#shared.read("last");
    if (at === null) return null;
    const mark = new Mark(at);
    if (mark.at !== at) this.#shared.write("last", mark.at);
    return mark;
  }

  #active() {
    if (!this.#auth.state.session) return;
    this.#last = new Mark(Date.now());
    this.#sharing ??= setTimeout(() => this.#share(), SHARE_AFTER);
    if (this.#state.phase === "warning") {
      this.#share();
      this.check();
    }
  }

  #share() {
    clearTimeout(this.#sharing);
    this.#sharing = null;
    if (this.#auth.state.session) this.#shared.write("last", this.#last.at);
  }

  /** What another tab has seen, if it is later. */
  #lastOfAll() {
    if (this.#shared.read("last") === this.#last.at) return this.#last;
    const other = this.#stored();
    if (other && other.elapsed < this.#last.elapsed) this.#last = other;
    return this.#last;
  }

  #beginningOf(session) {
    const name = nameOf(session);
    const stored = this.#shared.read(`since:${name}`);
    let known = this.#began.get(name);
    if (!known || (stored !== null && stored !== known.stored)) {
      const mark = new Mark(stored ?? Date.now());
      known = { stored: mark.at, mark };
      this.#began.set(name, known);
      if (stored === null) this.#noteAuthentication(session);
    }
    if (stored !== known.stored) this.#shared.write(`since:${name}`, known.stored);
    return known.mark;
  }

  /** What ends first, in how long, and whose sessions. */
  #next() {
    const { idleAfter, sessionFor } = this.#options;
    const { sessions } = this.#auth.state;
    if (sessions.length === 0) return null;
    let next = null;
    if (sessionFor) {
      for (const session of sessions) {
        const left = sessionFor - this.#beginningOf(session).elapsed;
        if (!next || left < next.left) next = { reason: "lifetime", left, session };
      }
    }
    if (idleAfter) {
      const left = idleAfter - this.#lastOfAll().elapsed;
      // Where both are over, all are signed out.
      if (!next || left < next.left || left <= 0) next = { reason: "idle", left, session: null };
    }
    return next;
  }

  #isOver() {
    return (this.#next()?.left ?? 1) <= 0;
  }

  /** Looks at the clock. Called by timers and whatever wakes a page; an app need not call it. */
  check = () => {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const hadSession = this.#hadSession;
    this.#hadSession = Boolean(this.#auth.state.session);
    // Somebody has signed in, here or in another tab.
    if (this.#hadSession && !hadSession) this.#last = this.#stored() ?? this.#noted();
    const next = this.#next();
    if (!next) return this.#without();
    if (next.left <= 0) return void this.#end(next);
    const { warnBefore } = this.#options;
    const isWarning = next.left <= warnBefore;
    const endsAt = Math.round(Date.now() + next.left);
    this.#become(isWarning ? "warning" : "active", next.reason, endsAt, next.left);
    let wait = next.left - warnBefore;
    if (isWarning) {
      const isSeen = globalThis.document?.visibilityState !== "hidden";
      wait = isSeen ? next.left % 1000 || 1000 : next.left;
      if (isSeen) this.#listeners.tell("countdown", { reason: next.reason, remaining: Math.round(next.left) });
    }
    this.#wait(Math.ceil(wait));
  };

  #wait(milliseconds) {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.check, Math.min(milliseconds, LONGEST_TIMER));
  }

  /** Nobody is signed in. */
  #without() {
    this.#shared.remove("last");
    for (const name of [...this.#began.keys()]) this.#forget(name);
    this.#cause ??= this.#ending;
    if (!this.#cause) return this.#become("off", null, null);
    note(this.#options.namespace, this.#cause);
    this.#become("ended", this.#cause, null);
  }

  async #end(next) {
    if (this.#ending) return;
    this.#ending = next.reason;
    try {
      if (next.reason === "idle") await new Promise((resolve) => setTimeout(resolve, SETTLE));
      if (this.#isOver() && !this.#isStopped) await this.#alone(() => this.#signOut());
    } catch {
      // Nobody waits for this: the next look tries again.
    }
    this.#ending = null;
    if (this.#isOver()) this.#wait(AGAIN);
    else this.check();
  }

  /** One tab does it, so that one leaves for the provider's logout; the others find nothing to do. */
  async #alone(work) {
    const { locks } = globalThis.navigator ?? {};
    if (!locks) return work();
    await locks.request(`keyward-idle:${this.#options.namespace}`, work);
  }

  async #signOut() {
    const due = this.#next();
    if (!(due?.left <= 0)) return;
    const { reason, session } = due;
    const isLast = !session || this.#auth.state.sessions.length === 1;
    const gone = session ? [session] : [...this.#auth.state.sessions];
    if (isLast) {
      this.#cause = reason;
      note(this.#options.namespace, reason);
      this.#channel?.postMessage({ ended: reason });
    }
    const whose = session ? { provider: session.provider, subject: session.subject } : { all: true };
    const names = gone.map(nameOf);
    await this.#auth.signOut({ ...this.#options.signOut, ...whose });
    names.forEach((name) => this.#forget(name));
    if (!isLast) this.#listeners.tell("ended", { reason, session });
  }

  #become(phase, reason, endsAt, remaining) {
    const before = this.#state;
    // The end moves with the clock by a millisecond; that is no news.
    const isSame = before.phase === phase && before.reason === reason && Math.abs(before.endsAt - endsAt) < 50;
    if (isSame) return;
    this.#state = Object.freeze({ phase, reason, endsAt });
    if (phase === "active" || phase === "warning") this.#cause = null;
    if (phase === "active") note(this.#options.namespace, null);
    this.#listeners.tell("state", this.#state);
    if (phase === before.phase) return;
    if (phase === "warning") this.#listeners.tell("warning", { reason, endsAt, remaining: Math.round(remaining) });
    if (phase === "active" && before.phase === "warning") this.#listeners.tell("resumed", {});
    if (phase === "ended") this.#listeners.tell("ended", { reason, session: null });
  }
}

/** The sign-ins of this page that have been counted. */
const seen = new WeakSet();

/** Why this tab's user was signed out, for the page that comes after a redirect or a reload. */
function note(namespace, reason) {
  const key = `keyward-idle:${namespace}:ended`;
  try {
    if (reason) sessionStorage.setItem(key, reason);
    else if (reason === null) sessionStorage.removeItem(key);
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function checked(options = {}) {
  const known = ["idleAfter", "warnBefore", "sessionFor", "confirm", "activity", "signOut", "namespace", "storage"];
  for (const name of Object.keys(options)) if (!known.includes(name)) throw invalid(`${name}: is not known`);
  const { idleAfter, sessionFor, confirm = false, activity = ACTIVITY, signOut, namespace = "keyward", storage } = options;
  for (const [name, value] of Object.entries({ idleAfter, sessionFor })) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 1000)) throw invalid(`${name}: must be at least 1000 (milliseconds)`);
  }
  if (!idleAfter && !sessionFor) throw invalid("idleAfter: one of idleAfter and sessionFor is needed");
  const shortest = Math.min(idleAfter ?? Infinity, sessionFor ?? Infinity);
  const warnBefore = options.warnBefore ?? Math.min(60_000, shortest / 2);
  if (!(warnBefore >= 0 && warnBefore < shortest)) throw invalid("warnBefore: must be less than what it warns of");
  if (!Array.isArray(activity)) throw invalid("activity: must be a list of event names");
  return { idleAfter, warnBefore, sessionFor, confirm, activity, namespace, storage, signOut: { mode: "local", ...signOut } };
}

