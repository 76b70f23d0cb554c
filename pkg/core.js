// The WebAssembly module in this context, page or worker: loaded once, and called so that nothing of its own (a panic, a
// freed object) ever reaches an app in another form than the contract's.

import { BaseCore } from "./base.js";
import { AuthError } from "./errors.js";
import { load } from "./load.js";
import instantiate, { Core, start } from "./wasm/keyward.js";

let loaded = null;

/** Once per context; after a failure, the next call tries again. */
export function loadOnce(wasm) {
  if (!loaded) {
    loaded = load(instantiate, wasm).then(() => guarded(() => start(AuthError, stop)));
    loaded.catch(() => {
      loaded = null;
    });
  }
  return loaded;
}

/** One client. `tell` hears of states and events; `page` stands for the page where this is in a worker. */
export class LocalCore extends BaseCore {
  #core;
  /** The token that was handed out last, and within which time it may be again without asking the module. */
  #kept = null;

  constructor(config, tell, page) {
    super();
    const hear = (type, news) => (type === "doubt" ? (this.#kept = null) : tell(type, news));
    this.#core = guarded(() => new Core(config, hear, page));
  }

  /** The promise of the token that a call without options gets, if that is clear without asking the module. */
  token() {
    const kept = this.#kept;
    if (kept === null || failure) return null;
    const now = Date.now();
    return now >= kept.from && now < kept.until && performance.now() < kept.deadline ? kept.promise : null;
  }

  /** Throws and rejects with an AuthError only. A token that is at hand comes as it is, without a detour. */
  call(method, ...values) {
    const answer = guarded(() => this.#core[method](...values));
    if (typeof answer !== "string") return settled(answer);
    const promise = Promise.resolve(answer);
    if (method === "getAccessToken" && values[0] === undefined) this.#keep(promise);
    return promise;
  }

  #keep(promise) {
    const bounds = guarded(() => this.#core.tokenBounds());
    if (bounds) this.#kept = { promise, from: bounds[0], until: bounds[1], deadline: bounds[2] };
  }

  close() {
    const core = this.#core;
    this.#kept = null;
    try {
      guarded(() => core.close());
    } catch {
      // The module has stopped for good: nothing is left to close.
      return;
    }
    // Later: a listener may have called, with the module still at work on this very object.
    queueMicrotask(() => failure ?? core.free());
  }
}

/** Set when the module has stopped for good: it keeps no promise after that, so this does it in its place. */
let failure = null;
const waiting = new Set();

let stopped = () => {};

/** Says when the module has stopped for good. */
export const whenStopped = (listener) => void (stopped = listener);

/** The module calls this last when it panics. The stack says where: functions of the module by their numbers. */
function stop() {
  const where = new Error().stack?.match(/wasm-function\[\d+\]/g)?.slice(0, 5).join(" ");
  const message = `an internal error${where ? ` (${where})` : ""} stopped Keyward; it works again when the page is reloaded`;
  failure ??= new AuthError(message, { code: "closed" });
  for (const reject of waiting) reject(failure);
  waiting.clear();
  stopped();
}

/** A call into the module. What it throws, if it is no AuthError, is the end of the module. */
function guarded(work) {
  if (failure) throw failure;
  try {
    return work();
  } catch (error) {
    if (error instanceof AuthError) throw error;
    stop();
    throw failure;
  }
}

function settled(promise) {
  return new Promise((resolve, reject) => {
    const done = (settle) => (value) => {
      waiting.delete(reject);
      settle(value);
    };
    waiting.add(reject);
    promise.then(done(resolve), done(reject));
  });
}
