// Time that can be moved: what reads the clock or waits for a timer, the app too, finds that so much time has passed.

export class Clock {
  #offset = 0;
  /** Timers that wait, by what `setTimeout` has returned. */
  #waiting = new Map();
  #restore = [];

  now = () => Date.now() + this.#offset;
  later = (work, delay) => setTimeout(work, delay);
  never = (timer) => clearTimeout(timer);

  /** Until `end`, the globals go by this clock. */
  begin() {
    const { Date: date, setTimeout: later, clearTimeout: never } = globalThis;
    // They do not wait for what is no timer, like a signature.
    if (later.clock || later._isMockFunction) {
      throw new TypeError("fakeProvider: the test runner's fake timers are on; use `advance` of the provider instead");
    }
    const now = performance.now.bind(performance);
    const clock = this;
    this.later = later.bind(globalThis);
    this.now = () => date.now() + this.#offset;
    class ShiftedDate extends date {
      constructor(...values) {
        if (values.length) super(...values);
        else super(clock.now());
      }
      static now() {
        return clock.now();
      }
    }
    Object.defineProperty(ShiftedDate, "name", { value: "Date" });
    this.#replace(globalThis, "Date", ShiftedDate);
    this.#replace(performance, "now", () => now() + this.#offset);
    this.#replace(globalThis, "setTimeout", (work, delay = 0, ...values) => {
      if (typeof work !== "function") return later(work, delay);
      const run = () => {
        this.#waiting.delete(timer);
        work(...values);
      };
      const timer = later.call(globalThis, run, delay);
      this.#waiting.set(timer, { due: this.now() + Math.max(0, Number(delay) || 0), run });
      return timer;
    });
    this.#replace(globalThis, "clearTimeout", (timer) => {
      this.#waiting.delete(timer);
      never.call(globalThis, timer);
    });
    this.never = never.bind(globalThis);
  }

  end() {
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  /** Every timer that becomes due meanwhile fires at its time; `settle` waits for what that sets off. */
  async advance(milliseconds, settle) {
    if (!(milliseconds >= 0)) throw new TypeError("advance: needs a number of milliseconds, 0 or more");
    const target = this.now() + milliseconds;
    await settle();
    for (let next; (next = this.#next(target)); ) {
      const [timer, { due, run }] = next;
      this.#offset += Math.max(0, due - this.now());
      this.never(timer);
      run();
      await settle();
    }
    this.#offset += Math.max(0, target - this.now());
    await settle();
  }

  #next(target) {
    const due = [...this.#waiting].filter(([, timer]) => timer.due <= target);
    return due.sort(([, one], [, other]) => one.due - other.due)[0];
  }

  #replace(object, name, value) {
    const before = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
    this.#restore.push(() => {
      // Somebody has replaced it again, and restores it as it likes.
      if (object[name] !== value) return;
      if (before) Object.defineProperty(object, name, before);
      else delete object[name];
    });
  }
}
