// Sessions for MCP servers: what `@modelcontextprotocol/client` takes as its `authProvider`, over an instance of Keyward for
// each server, whose provider is found at run time.

import { AuthError, invalid } from "./errors.js";
import { createAuth } from "./lazy.js";
import { challengeOf, discover, metadataOf, register } from "./mcp-discovery.js";

/** What only a sign-in mends. */
const ENDED = ["login_required", "reauth_required", "no_refresh_token", "key_lost"];
/** What a provider says of a client that it has forgotten. */
const UNKNOWN_CLIENT = ["invalid_client", "unauthorized_client"];
const OPTIONS = ["clientId", "clientName", "redirectUri", "scope", "issuer", "onSignIn", "signIn", "config"];

/** `auth` is the app's own instance, or null: where its session is at the server's provider, no other is needed. */
export function mcpAuth(auth, serverUrl, options) {
  return new McpAuth(auth ?? null, parsed(serverUrl), checked(options));
}

class McpAuth {
  #auth;
  #server;
  #options;
  #memory;
  /** What is known of the server: { issuer, clientId, resource, scope }. */
  #record = null;
  #opening = null;
  #instance = null;
  /** The token that was given out last, and the one that was renewed because the server had refused it. */
  #given = null;
  #renewed = null;
  #mending = null;

  constructor(auth, server, options) {
    this.#auth = auth;
    this.#server = server;
    this.#options = options;
    this.#memory = new Memory(`keyward-mcp:${options.config.namespace ?? "keyward"}:`);
    const record = this.#memory.read(`server:${server}`);
    // Before anything is awaited: the page may be the way back from a sign-in.
    if (record && (!options.clientId || options.clientId === record.clientId)) this.#open(record);
  }

  /** The instance, as soon as the server's provider is known; null before. */
  get auth() {
    return this.#instance;
  }

  /** Resolves when what is stored has been read, and a sign-in that this page is the way back from is done. */
  get ready() {
    return Promise.resolve(this.#opening).then((instance) => instance?.redirectResult ?? null);
  }

  // What the SDK calls.

  token = async () => {
    const token = await this.#token();
    this.#given = token;
    return token ?? undefined;
  };

  onUnauthorized = ({ response }) => {
    const challenge = challengeOf(response);
    // One for all requests that were refused at once.
    this.#mending ??= this.#mend(challenge).finally(() => (this.#mending = null));
    return this.#mending;
  };

  /** For the transport: asks for more scope where the server wants more (RFC 6750 section 3.1), and repeats the request once. */
  fetch = async (input, init) => {
    const response = await fetch(input, init);
    const challenge = response.status === 403 ? challengeOf(response) : null;
    const isOurs = new URL(input instanceof Request ? input.url : input, this.#server).origin === new URL(this.#server).origin;
    if (challenge?.error !== "insufficient_scope" || !challenge.scope || !isOurs) return response;
    const granted = this.#instance?.state.session?.scope ?? [];
    // It has what it asks for: asking the user again would change nothing.
    if (words(challenge.scope).every((word) => granted.includes(word))) return response;
    this.#mending ??= this.#stepUp(challenge).finally(() => (this.#mending = null));
    await this.#mending;
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set("Authorization", `Bearer ${await this.token()}`);
    return fetch(input, { ...init, headers });
  };

  // What the app calls.

  /** In the handler of a click: opens the popup, or leaves the page. */
  signIn = (options) => (this.#instance ? this.#signIn(options) : this.#find({}).then(() => this.#signIn(options)));

  signOut = async (options) => {
    const instance = await this.#opening;
    await instance?.signOut({ mode: "local", ...options });
  };

  /** Also what was learned of the server and its provider, and the registration there. */
  forget = async () => {
    await this.signOut();
    const { issuer } = this.#record ?? {};
    this.#memory.remove(`server:${this.#server}`);
    if (issuer) this.#memory.remove(`client:${issuer}`);
    this.close();
  };

  close = () => {
    this.#instance?.close();
    this.#instance = this.#opening = this.#record = null;
  };

  async #token() {
    if (!this.#opening) return null;
    const own = this.#ownSession();
    if (own) {
      try {
        const { provider, subject } = own;
        return await this.#auth.getAccessToken({ provider, subject, resource: this.#record.resource });
      } catch (error) {
        // Its grant does not cover this server: a session for it does.
        if (!["invalid_argument", "token_endpoint", ...ENDED].includes(error.code)) throw error;
      }
    }
    try {
      return await (await this.#opening).getAccessToken();
    } catch (error) {
      if (ENDED.includes(error.code)) return null;
      throw error;
    }
  }

  /** The app's own session at the server's provider. */
  #ownSession() {
    const sessions = this.#auth?.state.sessions ?? [];
    return sessions.find(({ issuer, status }) => issuer === this.#record?.issuer && status === "active") ?? null;
  }

  /** The server has refused a token, or there was none. */
  async #mend(challenge) {
    const refused = this.#given;
    if (refused) {
      const now = await this.#token();
      // Another request or tab has renewed it meanwhile.
      if (now && now !== refused) return;
      if (now && this.#renewed !== refused) {
        const renewed = await this.#instance?.getAccessToken({ forceRefresh: true }).catch((error) => {
          if (ENDED.includes(error.code)) return null;
          throw error;
        });
        this.#renewed = renewed ?? null;
        if (renewed) return;
      }
    }
    await this.#find(challenge);
    if (!refused && (await this.#token())) return;
    await this.#ask({ reason: refused ? "refused" : "signed_out" });
  }

  async #stepUp(challenge) {
    const granted = this.#instance?.state.session?.scope ?? [];
    const scope = union(this.#record?.scope, granted.join(" "), challenge.scope);
    if (!this.#instance) await this.#find(challenge);
    await this.#ask({ reason: "insufficient_scope", scope });
  }

  /** Has the app have the user sign in. */
  async #ask({ reason, scope }) {
    const { onSignIn } = this.#options;
    const { issuer } = this.#record;
    const signIn = (options) => this.#signIn({ ...(scope && { scope }), ...options });
    if (!onSignIn) {
      const message = "the server wants a sign-in: call signIn() of what mcpAuth returned in the handler of a click, then try again";
      throw new AuthError(message, { code: "login_required" });
    }
    await onSignIn({ server: this.#server, issuer, scope: scope ?? this.#record.scope, reason, signIn });
  }

  async #signIn(options = {}) {
    const instance = this.#instance;
    // Not after an await: the popup needs the user's gesture.
    const going = instance.signIn({ mode: "popup", ...this.#options.signIn, scope: this.#record.scope, ...options });
    if (options.scope) this.#remember({ ...this.#record, scope: options.scope });
    try {
      const result = await going;
      this.#renewed = null;
      return result;
    } catch (error) {
      // It will be registered anew.
      if (UNKNOWN_CLIENT.includes(error.oauth?.error)) {
        this.#memory.remove(`client:${this.#record.issuer}`);
        this.#memory.remove(`server:${this.#server}`);
      }
      throw error;
    }
  }

  /** What the server says of itself, and an instance for it. */
  async #find(challenge) {
    const { issuer: preferred, scope: own } = this.#options;
    const found = await discover(this.#server, challenge);
    const issuer = found.issuers.includes(preferred) ? preferred : found.issuers[0];
    const metadata = await metadataOf(issuer);
    const clientId = await this.#clientAt(metadata);
    const before = this.#record?.issuer === issuer ? this.#record.scope : "";
    const offline = metadata.scopes_supported?.includes?.("offline_access") ? "offline_access" : "";
    const scope = union(before, own, challenge.scope ?? (own ? "" : found.scopes.join(" ")), offline);
    const record = { issuer, clientId, resource: found.resource, scope };
    const isSame = this.#opening && ["issuer", "clientId", "resource"].every((name) => this.#record[name] === record[name]);
    this.#remember(record);
    if (!isSame) {
      this.close();
      await this.#open(record);
    }
  }

  /** Who this client is there: as registered by hand, by the document at its id, or as registered now. */
  async #clientAt(metadata) {
    const { clientId, clientName, redirectUri } = this.#options;
    const byDocument = clientId?.startsWith("https://");
    if (clientId && (!byDocument || metadata.client_id_metadata_document_supported === true)) return clientId;
    const name = `client:${metadata.issuer}`;
    const known = this.#memory.read(name);
    if (known?.redirectUri === redirectUri) return known.clientId;
    const registered = { clientId: await register(metadata, { clientName, redirectUri }), redirectUri };
    this.#memory.write(name, registered);
    return registered.clientId;
  }

  #remember(record) {
    this.#record = record;
    this.#memory.write(`server:${this.#server}`, record);
  }

  #open(record) {
    const { config, redirectUri } = this.#options;
    const { issuer, clientId, resource, scope } = record;
    // Of each server its own: nobody's token is ever another's, also where two have one provider.
    const namespace = `${config.namespace ?? "keyward"}-mcp-${fingerprint(this.#server)}`;
    const about = { issuer, clientId, redirectUri, resource, scope };
    this.#record = record;
    const opening = createAuth({ ...config, ...about, namespace });
    this.#opening = opening;
    opening.then(
      (instance) => (this.#opening === opening ? (this.#instance = instance) : instance.close()),
      () => this.#opening === opening && (this.#opening = null),
    );
    return opening;
  }
}

/** JSON in localStorage. Nothing of it is secret: identifiers of public clients, and what servers publish. */
class Memory {
  #prefix;
  #own = new Map();

  constructor(prefix) {
    this.#prefix = prefix;
  }

  read(name) {
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + name) ?? "null");
    } catch {
      return this.#own.get(name) ?? null;
    }
  }

  write(name, value) {
    this.#own.set(name, value);
    try {
      localStorage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // This page knows.
    }
  }

  remove(name) {
    this.#own.delete(name);
    try {
      localStorage.removeItem(this.#prefix + name);
    } catch {
      // As above.
    }
  }
}

const words = (scope) => (scope ?? "").split(" ").filter(Boolean);
const union = (...scopes) => [...new Set(scopes.flatMap(words))].join(" ");

function fingerprint(text) {
  let hash = 0xcbf29ce484222325n;
  for (const octet of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(octet)) * 0x100000001b3n);
  return hash.toString(36);
}

function parsed(serverUrl) {
  let url;
  try {
    url = new URL(serverUrl);
  } catch {
    throw invalid("serverUrl: is no URL");
  }
  url.hash = "";
  return url.href;
}

function checked(options = {}) {
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) throw invalid(`${name}: is not known`);
  const { onSignIn, config = {} } = options;
  if (onSignIn !== undefined && typeof onSignIn !== "function") throw invalid("onSignIn: must be a function");
  if (config.dpop) throw invalid("config.dpop: the SDK sends Bearer tokens only");
  const home = globalThis.document?.querySelector?.("base[href]")?.href ?? `${globalThis.location?.origin}/`;
  return { clientName: globalThis.document?.title || "MCP client", redirectUri: home, ...options, config };
}
