// Who listens to what is no page's own instance (auth.js has the same in itself: a file more costs every page 0.2 kB of brotli).
// By event, and "state" for those that `subscribe`.

import { invalid } from "./errors.js";
import { EVENTS } from "./events.js";

export class Listeners {
  #entries = new Set();

  /** To an event of the contract; returns what ends it. */
  on(type, listener) {
    if (!EVENTS.includes(type)) throw invalid(`type: is none of ${EVENTS.join(", ")}`);
    return this.add(type, listener);
  }

  add(type, listener) {
    if (typeof listener !== "function") throw invalid("listener: must be a function");
    // The same function may listen twice.
    const entry = { type, listener };
    this.#entries.add(entry);
    return () => void this.#entries.delete(entry);
  }

  tell(type, news) {
    for (const entry of [...this.#entries]) {
      if (entry.type !== type || !this.#entries.has(entry)) continue;
      try {
        entry.listener(news);
      } catch (error) {
        report(error);
      }
    }
  }

  clear() {
    this.#entries.clear();
  }
}

/** As an exception that nobody caught: the listeners after this one are called all the same. */
function report(error) {
  if (typeof reportError === "function") reportError(error);
  else setTimeout(() => { throw error; });
}
