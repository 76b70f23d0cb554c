// What goes wrong at a provider, by name.

const FAULTS = {
  /** Nobody is reached. */
  offline: () => {
    throw new TypeError("Failed to fetch");
  },
  /** No answer ever comes. */
  silent: (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
    }),
  /** A gateway answers. */
  unavailable: () => new Response("Service Unavailable", { status: 503, headers: { "Content-Type": "text/plain" } }),
  /** Too many requests. */
  throttled: () => new Response("", { status: 429, headers: { "Retry-After": "5" } }),
  /** The grant is over: at the token endpoint only. */
  refused: () => Response.json({ error: "invalid_grant", error_description: "refused by the test" }, { status: 400 }),
  /** The provider did what was asked, and the answer got lost. */
  lost: async (request, answer) => {
    await answer();
    throw new TypeError("Failed to fetch");
  },
};

const USUAL_PLACE = { refused: "token", lost: "token" };

export class Faults {
  #faults = [];

  /** `fault` is a name, a Response, or a function of the request and of what would answer it. Returns what ends it. */
  add(fault, { at, times = Infinity } = {}) {
    const act = actOf(fault);
    if (!act) throw new TypeError(`fail: is none of ${Object.keys(FAULTS).join(", ")}, a Response or a function`);
    const entry = { act, at: at ?? USUAL_PLACE[fault], times };
    this.#faults.unshift(entry);
    return () => void (this.#faults = this.#faults.filter((other) => other !== entry));
  }

  clear() {
    this.#faults = [];
  }

  /** The answer to a request at that endpoint, as the latest fault has it. */
  async answer(endpoint, request, answer) {
    const fault = this.#faults.find(({ at, times }) => times > 0 && (at === undefined || at === endpoint));
    if (!fault) return answer();
    fault.times -= 1;
    return fault.act(request, answer);
  }
}

function actOf(fault) {
  if (typeof fault === "function") return fault;
  if (fault instanceof Response) return () => fault.clone();
  return Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : null;
}
