// Instants that tabs share and that no clock can be turned back from: for keyward/idle and keyward/offline.

/** localStorage, or what is given in its place; where it is blocked, this page alone remembers. */
export class Shared {
  #prefix;
  #storage;
  #own = new Map();

  constructor(prefix, storage) {
    this.#prefix = prefix;
    try {
      this.#storage = storage ?? globalThis.localStorage ?? null;
    } catch {
      this.#storage = null;
    }
  }

  /** The instant that lies there, or null. */
  read(name) {
    let text;
    try {
      text = this.#storage ? this.#storage.getItem(this.#prefix + name) : null;
    } catch {
      text = null;
    }
    const instant = text === null ? this.#own.get(name) : Number(text);
    return Number.isFinite(instant) && instant > 0 ? instant : null;
  }

  write(name, instant) {
    this.#own.set(name, instant);
    try {
      this.#storage?.setItem(this.#prefix + name, String(instant));
    } catch {
      // Full or blocked: this page knows.
    }
  }

  remove(name) {
    this.#own.delete(name);
    try {
      this.#storage?.removeItem(this.#prefix + name);
    } catch {
      // As above.
    }
  }

  owns(event) {
    return event.key === null || event.key.startsWith(this.#prefix);
  }
}

/**
 * A moment of the past. What has passed since is what the wall clock says or what the steady clock says, whichever is
 * more: one stands still while a machine sleeps, the other one can be set back.
 */
export class Mark {
  at;
  #steady;

  constructor(at) {
    const now = Date.now();
    // A moment to come is one from before the clock was set back.
    this.at = Math.min(at, now);
    this.#steady = performance.now() - (now - this.at);
  }

  get elapsed() {
    return Math.max(0, Date.now() - this.at, performance.now() - this.#steady);
  }
}

/** What a session is remembered by, without a trace of whose it is. */
export function nameOf({ provider, issuer, clientId, subject }) {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (const unit of JSON.stringify([provider, issuer, clientId, subject])) {
    const code = unit.codePointAt(0);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  return (one >>> 0).toString(36) + (two >>> 0).toString(36);
}

/** Timers take no more, and late is better than at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** When clocks are looked at, beside timers, which a sleeping machine and a hidden page delay. */
export const WAKING = [
  ["document", "visibilitychange"],
  ["document", "resume"],
  ["window", "pageshow"],
  ["window", "focus"],
  ["window", "online"],
  ["window", "offline"],
];

/** Calls back on those; returns what ends it. */
export function onWaking(listener) {
  const ends = [];
  for (const [name, type] of WAKING) {
    const target = name === "document" ? globalThis.document : globalThis;
    if (typeof target?.addEventListener !== "function") continue;
    target.addEventListener(type, listener);
    ends.push(() => target.removeEventListener(type, listener));
  }
  return () => ends.forEach((end) => end());
}
