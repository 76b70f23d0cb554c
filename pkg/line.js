// The connection between a page and the worker that its client lives in: finding a worker that can do the work, greeting
// it, and learning of its end.

import { viewKey } from "./config.js";
import { AuthError } from "./errors.js";
import { VERSION, unpacked } from "./messages.js";
import { page, unzoned } from "./wasm/page.js";

/** What a worker may take until it has loaded the module. */
const START_TIMEOUT = 20_000;

/** A worker that can do the work, with a client in it. */
export async function open(config, response) {
  const { logger, openUrl, ...rest } = config;
  // The state of the response in this page's URL, if another page waits for it.
  const awaited = response?.awaited ?? null;
  const { url, home } = page;
  const viewed = left(config);
  let failure;
  for (const begin of [sharedWorker, ownWorker]) {
    try {
      const opens = Boolean(openUrl);
      return await Line.open(begin(), { version: VERSION, config: rest, logs: Boolean(logger), opens, url, home, awaited, viewed });
    } catch (error) {
      // Wrong is wrong in any worker; only what this one cannot do, another may.
      if (error instanceof AuthError && error.code !== "unsupported") throw error;
      failure = error;
    }
  }
  if (failure instanceof AuthError) throw failure;
  const message = "no worker could be started: is the package's worker.js where index.js is, and does the page's policy " +
    "allow it (worker-src 'self')?";
  throw new AuthError(message, { code: "unsupported", cause: failure });
}

/** The view that lies there for this client. */
function left(config) {
  try {
    return localStorage.getItem(viewKey(config)) ?? undefined;
  } catch {
    // Blocked, or no config at all: the client says so.
    return undefined;
  }
}

/** The connection to one client in one worker. */
class Line {
  #port;
  #release = new AbortController();
  /** What the client says while it is made. */
  #early = [];
  #gone = new AbortController();
  died;

  static async open({ worker, port }, hello) {
    const line = new Line();
    line.#port = port;
    // A worker that is forbidden or missing fails before anything else has happened here.
    const failed = new Promise((_, reject) => worker.addEventListener("error", reject, { once: true }));
    const answer = await Promise.race([failed, line.#greet(hello)]).catch((cause) => {
      line.end();
      if (cause?.name !== "DataCloneError") throw cause;
      throw new AuthError(`the config has what it should not have: ${cause.message}`, { code: "invalid_config", cause });
    });
    if (answer.error) {
      line.end();
      throw unpacked(answer.error);
    }
    // The worker holds this lock as long as it lives.
    const { signal } = line.#release;
    line.died = navigator.locks.request(answer.worker, { mode: "shared", signal }, () => {});
    const gone = () => line.#gone.abort(new TypeError("the worker that received the response is gone"));
    line.died.then(gone, gone);
    return line;
  }

  /** What the worker answers. */
  async #greet(hello) {
    const mine = crypto.randomUUID();
    await this.#hold(`keyward:page:${mine}`);
    const port = this.#port;
    return new Promise((resolve, reject) => {
      const timer = unzoned("setTimeout")(() => reject(new Error("no answer")), START_TIMEOUT);
      port.onmessage = ({ data }) => {
        if (!("worker" in data || "error" in data)) return this.#early.push(data);
        clearTimeout(timer);
        resolve(data);
      };
      port.start?.();
      port.postMessage({ ...hello, page: mine });
    });
  }

  /** Fires when the worker is dead, or this end lets go of it. */
  get gone() {
    return this.#gone.signal;
  }

  receive(hear) {
    this.#port.onmessage = ({ data }) => hear(data);
    this.#early.splice(0).forEach(hear);
  }

  post(message) {
    this.#port.postMessage(message);
  }

  end() {
    this.#release.abort();
    this.#port.close?.();
    this.#port.terminate?.();
  }

  /** Held until the page goes: so the worker learns of it. Ready when it is held, or the worker would be first. */
  #hold(name) {
    const { signal } = this.#release;
    return new Promise((granted, refused) => {
      const held = () => {
        granted();
        return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      };
      navigator.locks.request(name, held).catch(refused);
    });
  }
}

function sharedWorker() {
  if (typeof SharedWorker === "undefined") throw new Error("no SharedWorker");
  const options = { type: "module", name: `keyward ${VERSION}` };
  // Bundlers look for exactly these expressions.
  const worker = trusted(
    () => new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name: `keyward ${VERSION}` }),
    (url) => new SharedWorker(url, options),
  );
  return { worker, port: worker.port };
}

function ownWorker() {
  const worker = trusted(
    () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
    (url) => new Worker(url, { type: "module" }),
  );
  return { worker, port: worker };
}

/** Under `require-trusted-types-for 'script'`, a worker's URL needs the word of a policy ("keyward"). */
function trusted(plain, blessed) {
  try {
    return plain();
  } catch (cause) {
    if (!(cause instanceof TypeError) || !globalThis.trustedTypes) throw cause;
    const policy = (trusted.policy ??= trustedTypes.createPolicy("keyward", { createScriptURL: (url) => url }));
    return blessed(policy.createScriptURL(new URL("./worker.js", import.meta.url).href));
  }
}
