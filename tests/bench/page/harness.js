// Inline in every measured page, before the SDK's script: the same for all, and no part of any SDK's transfer.
// The server puts `provider`, `clientId` and `name` before it.
const bench = {
  provider,
  clientId,
  name,
  redirectUri: location.origin + "/callback",
  scope: "openid profile offline_access",
  /** What happened at this page's load: { token, at } or { error }, `at` in milliseconds since the navigation began. */
  loaded: null,
  failure: null,
  memories: [],
  sdk: null,

  async run(sdk) {
    bench.sdk = sdk;
    const asked = new URLSearchParams(location.search);
    const finish = (token) => {
      document.getElementById("state").textContent = token ? "signed in" : "signed out";
      return { token, at: performance.now() };
    };
    const work = async () => {
      if (asked.has("sign-in")) return await sdk.signIn(asked.get("sign-in") || "ada").then(() => new Promise(() => {}));
      if (location.pathname === "/callback") return finish(await sdk.callback());
      return finish(await sdk.token());
    };
    bench.loaded = work().catch((error) => {
      bench.failure = { error: `${error?.name}: ${error?.message ?? JSON.stringify(error)}` };
      return bench.failure;
    });
  },

  /** Resolves when the page has done what it was loaded for. */
  async finished() {
    while (!bench.loaded) await new Promise((resolve) => setTimeout(resolve, 5));
    return bench.loaded;
  },

  /** What was transferred for this page: scripts, modules, requests to the provider. */
  resources() {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return all.map(({ name, initiatorType, startTime, requestStart, responseStart, responseEnd, encodedBodySize, transferSize }) => ({
      name, initiatorType, startTime, requestStart, responseStart, responseEnd, encodedBodySize, transferSize,
    }));
  },

  /** Microseconds of one call, awaited one after another; as many calls as a tenth of a second holds. */
  async hot() {
    const call = bench.sdk.hot ?? bench.sdk.token;
    for (let n = 0; n < 100; n++) await call();
    for (let count = 64; ; count *= 2) {
      const began = performance.now();
      for (let n = 0; n < count; n++) await call();
      const took = performance.now() - began;
      if (took >= 100) return (took * 1000) / count;
    }
  },

  /** Microseconds of one call when a thousand are made before the first is awaited. */
  async atOnce() {
    const call = bench.sdk.hot ?? bench.sdk.token;
    let took = 0;
    let rounds = 0;
    while (took < 60) {
      const began = performance.now();
      await Promise.all(Array.from({ length: 1000 }, () => call()));
      took += performance.now() - began;
      rounds += 1;
    }
    return took / rounds;
  },

  async refreshes(count) {
    const began = performance.now();
    for (let n = 0; n < count; n++) await bench.sdk.refresh();
    return (performance.now() - began) / count;
  },

  /**
   * Several tabs of one machine: it sleeps, so that the clock goes on in all of them, in Date and in performance.now; and they ask
   * for a token in the same moment.
   */
  joinCrew() {
    const crew = new BroadcastChannel("bench");
    const advance = (milliseconds) => void (offset += milliseconds);
    const ask = () => {
      bench.answer = bench.sdk.token().then(
        (token) => ({ token }),
        (error) => ({ error: String(error) }),
      );
    };
    crew.onmessage = ({ data }) => (data === "now" ? ask() : advance(data));
    bench.sleep = (milliseconds) => {
      crew.postMessage(milliseconds);
      advance(milliseconds);
    };
    bench.leadCrew = () => {
      crew.postMessage("now");
      ask();
    };
  },
  async crewsAnswer() {
    for (let n = 0; n < 500 && !bench.answer; n++) await new Promise((resolve) => setTimeout(resolve, 10));
    const late = new Promise((resolve) => setTimeout(resolve, 5_000, { error: "late" }));
    const answer = await Promise.race([bench.answer ?? { error: "not asked" }, late]);
    bench.answer = null;
    return answer;
  },
  answer: null,

  wakeUps: 0,
};

addEventListener("error", (event) => {
  bench.failure ??= { error: event.message };
  bench.loaded ??= Promise.resolve(bench.failure);
});

// Memory of WebAssembly modules is not in the JavaScript heap.
for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...given) => {
    const result = await original.apply(WebAssembly, given);
    const exports = (result.instance ?? result).exports;
    bench.memories.push(...Object.values(exports).filter((it) => it instanceof WebAssembly.Memory));
    return result;
  };
}

let offset = 0;
const now = Date.now;
const steady = performance.now.bind(performance);
if (new URLSearchParams(location.search).has("watched")) {
  Date.now = () => now() + offset;
  performance.now = () => steady() + offset;
  const OwnDate = Date;
  globalThis.Date = class extends OwnDate {
    constructor(...given) {
      super(...(given.length ? given : [now() + offset]));
    }
  };
  for (const name of ["setTimeout", "setInterval"]) {
    const original = globalThis[name];
    globalThis[name] = (callback, ...given) =>
      original(
        typeof callback === "function"
          ? (...values) => {
              bench.wakeUps += 1;
              return callback(...values);
            }
          : callback,
        ...given,
      );
  }
}
