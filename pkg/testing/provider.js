// A provider that is not there: it answers the requests of this context to its issuer, and everything else goes its way.
// The client under test is the real one.

import { Clock } from "./clock.js";
import { Endpoints, refuse, tokenOf } from "./endpoints.js";
import { Faults } from "./faults.js";
import { Grants } from "./grants.js";

const USER = { sub: "ada", name: "Ada Lovelace", email: "ada@example.com", email_verified: true };

const DEFAULTS = {
  issuer: "https://id.test",
  clientId: "app",
  user: USER,
  /** Seconds. */
  accessTokenLifetime: 300,
  idTokenLifetime: 3600,
  /** "rotate", true (one for ever) or false (none). */
  refreshTokens: "rotate",
  /** Default: any. */
  redirectUris: undefined,
  metadata: {},
  claims: {},
};

export class FakeProvider {
  /** What was received, in order: `{ endpoint, method, url, body }`. */
  requests = [];
  user;
  /** Whether the provider knows who is in front of it, which is what `prompt=none` asks. */
  isSignedIn = false;
  #client;
  #surroundings;
  #clock = new Clock();
  #faults = new Faults();
  #grants;
  #endpoints;
  #apis = [];
  #auths = new Set();
  /** Who is to be signed in in clients that are yet to come. */
  #seeds = [];
  #sown = new Set();
  #refusals = [];
  #busy = 0;
  #end = [];

  /** `client` makes the instances. Without one, nothing of this context is changed: requests come by `handle`. */
  static async start(options = {}, client, surroundings = {}) {
    for (const name of Object.keys(options)) {
      if (!Object.hasOwn(DEFAULTS, name)) throw new TypeError(`fakeProvider: ${name} is not known`);
    }
    const provider = new FakeProvider();
    Object.assign(provider, DEFAULTS, options);
    provider.#client = client;
    provider.#surroundings = surroundings;
    provider.#grants = new Grants(provider);
    provider.#endpoints = new Endpoints(provider, provider.#grants);
    if (!client) return provider;
    provider.#clock.begin();
    provider.#intercept();
    provider.#watchCryptography();
    return provider;
  }

  /** For `init`, where the app's config is not at hand. */
  get config() {
    return { issuer: this.issuer, clientId: this.clientId };
  }

  now = () => this.#clock.now();

  /** The package's `init` and `createAuth`: redirects come back at once, and the page is never left. */
  init = (config = this.config) => this.#make("init", config);
  createAuth = (config = this.config) => this.#make("createAuth", config);

  /** An instance that somebody is signed in in. */
  async signedIn(user, config = this.config) {
    this.signIn(user);
    return this.init(config);
  }

  /** From now on that user is signed in, in every client that begins. */
  signIn(user = this.user) {
    this.#seeds = [...this.#seeds.filter((other) => other.sub !== user.sub), user];
    this.#sown.clear();
  }

  /** So much later, every timer that was due has fired, and what that set off is done. */
  advance = (milliseconds) => {
    if (!this.#client) throw new TypeError("advance: it is the page's clock that is to be moved (page.clock)");
    return this.#clock.advance(milliseconds, () => this.settled());
  };

  /** Past the end of the access tokens. */
  expire = () => this.advance(this.accessTokenLifetime * 1000);

  /** At the provider: refresh tokens and access tokens of that user, or of all, are over. */
  revoke = (subject) => this.#grants.endAll(subject);

  /** Access tokens that are out are refused by APIs, though their time is not over. */
  forgetAccessTokens = () => this.#grants.expireAll();

  rotateKeys = () => this.#grants.rotateKeys();

  /** Returns what ends the fault. */
  fail = (fault, options) => this.#faults.add(fault, options);
  recover = () => this.#faults.clear();

  /** The next authorization request is refused so. */
  refuse(error = "access_denied", description) {
    this.#refusals.push({ error, error_description: description });
  }

  get refusal() {
    return this.#refusals.length > 0;
  }

  refused() {
    return this.#refusals.shift();
  }

  /** The browser says that it is offline, and nobody is reached. Returns what ends that. */
  goOffline() {
    const recover = this.fail("offline");
    const { navigator } = globalThis;
    const own = navigator && Object.getOwnPropertyDescriptor(navigator, "onLine");
    const say = (type) => globalThis.dispatchEvent?.(new Event(type));
    if (navigator) Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
    say("offline");
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      recover();
      if (own) Object.defineProperty(navigator, "onLine", own);
      else if (navigator) delete navigator.onLine;
      say("online");
    };
    this.#end.push(end);
    return end;
  }

  /**
   * An API below that URL, which only the fake's access tokens open; `handler` gets the request and what the token is
   * good for.
   */
  api(url, handler = (_, { user, scope }) => Response.json({ sub: user.sub, scope })) {
    this.#apis.push({ url: String(url), handler });
  }

  answers = (url) => this.#endpoints.nameOf(url) !== null || this.#apis.some((api) => url.startsWith(api.url));

  /** The answer of the provider or of one of its APIs; null for anybody else's URL. */
  async handle(request) {
    const endpoint = this.#endpoints.nameOf(request.url);
    const api = endpoint ? null : this.#apis.find(({ url }) => request.url.startsWith(url));
    if (!endpoint && !api) return null;
    const body = request.method === "GET" ? "" : await request.clone().text();
    this.requests.push({ endpoint: endpoint ?? "api", method: request.method, url: request.url, body });
    if (api) return this.#askApi(api, request);
    return this.#faults.answer(endpoint, request, () => this.#endpoints.answer(endpoint, request, body));
  }

  /** Where a page is led that leaves for that URL of the provider's: back, mostly. Null if it stays there. */
  async visit(url) {
    const answer = await this.handle(new Request(url));
    return answer?.headers.get("Location") ?? null;
  }

  /** When nothing that was asked is unanswered, and what the answers set off is done. */
  async settled() {
    // In a page, databases and locks take their time, and nobody sees them at work.
    const turns = globalThis.indexedDB ? 25 : 4;
    for (let quiet = 0; quiet < turns; quiet += 1) {
      await new Promise((resolve) => this.#clock.later(resolve, 1));
      if (this.#busy > 0) quiet = -1;
    }
  }

  /** Everything is as before: globals, clock, and no instance is left. */
  close() {
    for (const auth of this.#auths) auth.close();
    this.#auths.clear();
    for (const end of this.#end.splice(0).reverse()) end();
    this.#clock.end();
    this.#surroundings.end?.(this);
  }

  [Symbol.dispose ?? Symbol("dispose")]() {
    this.close();
  }

  async #make(how, config) {
    // For the package to say what is wrong.
    if (typeof config !== "object" || config === null) return this.#client[how](config);
    let auth = null;
    const adapted = this.#adapted(config, () => auth);
    await this.#sow(adapted);
    auth = await this.#client[how](adapted);
    if (!this.#auths.has(auth)) withoutWindows(auth);
    this.#auths.add(auth);
    return auth;
  }

  /** Those who are to be signed in sign in, as they would. */
  async #sow(config) {
    const { issuer, clientId, namespace, providers } = config;
    const key = JSON.stringify([issuer, clientId, namespace, providers]);
    if (this.#sown.has(key)) return;
    this.#sown.add(key);
    const isOurs = ([, one]) => one?.issuer === this.issuer && one.clientId === this.clientId;
    const [id] = Object.entries(providers ?? { default: config }).find(isOurs) ?? [];
    if (id === undefined) return;
    const { user, requests } = this;
    for (const seed of this.#seeds) {
      this.requests = [];
      this.user = seed;
      let auth = null;
      auth = await this.#client.createAuth(this.#adapted({ ...config, autoRefresh: false }, () => auth));
      await auth.signIn({ provider: id, returnTo: "/" });
      auth.close();
    }
    Object.assign(this, { user, requests });
  }

  /** A page is not left: the answer comes at once. */
  #adapted(config, current) {
    const openUrl = async (url) => {
      const back = await this.visit(url).catch((error) => {
        // What a person would read on the provider's page.
        console.error(error.message);
        throw error;
      });
      // When `signIn` waits for it.
      if (back) this.#clock.later(() => current()?.handleRedirect(back).catch(() => {}), 0);
    };
    return { ...(this.#surroundings.adapt?.(config) ?? config), openUrl };
  }

  async #askApi({ handler }, request) {
    const entry = this.#grants.check(tokenOf(request));
    if (!entry) return refuse();
    return handler(request, { user: entry.grant.user, scope: entry.scope });
  }

  /** Signatures are made beside the event loop, for however long. */
  #watchCryptography() {
    const { subtle } = crypto;
    for (const name of ["importKey", "verify", "sign", "digest", "generateKey"]) {
      const work = subtle[name].bind(subtle);
      const watched = async (...values) => {
        this.#busy += 1;
        try {
          return await work(...values);
        } finally {
          this.#busy -= 1;
        }
      };
      Object.defineProperty(subtle, name, { value: watched, configurable: true, writable: true });
      this.#end.push(() => void (subtle[name] === watched && delete subtle[name]));
    }
  }

  #intercept() {
    const { fetch } = globalThis;
    const intercepted = async (input, init) => {
      const url = input instanceof Request ? input.url : new URL(String(input), globalThis.location?.href).href;
      if (!this.answers(url)) return fetch(input, init);
      const request = new Request(input instanceof Request ? input : url, init);
      request.signal.throwIfAborted();
      this.#busy += 1;
      const done = once(() => (this.#busy -= 1));
      const aborted = new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
      });
      // Who never answers is not waited for.
      const timer = this.#clock.later(done, 50);
      try {
        const answer = await Promise.race([this.handle(request), aborted]);
        return Object.defineProperty(answer, "url", { value: request.url });
      } finally {
        this.#clock.never(timer);
        done();
      }
    };
    globalThis.fetch = intercepted;
    this.#end.push(() => {
      if (globalThis.fetch === intercepted) globalThis.fetch = fetch;
    });
  }
}

/** No window opens: the provider answers at once, and says the same. */
function withoutWindows(auth) {
  const { signIn } = auth;
  auth.signIn = ({ mode, timeout, ...options } = {}) =>
    signIn(mode === "silent" ? { ...options, prompt: "none" } : options);
}

function once(work) {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
