// A provider that knows everybody: it signs in whoever comes, at once. Each SDK has its own under the SDK's name, with the paths
// that the SDK expects; what they answer is the same for all.
import { createHash } from "node:crypto";

import { textOf } from "./body.mjs";
import { jwks, random, signed, unsigned } from "./tokens.mjs";

const ENDPOINTS = {
  "openid-configuration": "metadata",
  authorize: "authorize",
  auth: "authorize",
  token: "token",
  jwks: "jwks",
  keys: "jwks",
  certs: "jwks",
  user: "user",
  "step1.html": "cookies",
};

/** As each SDK expects its provider's issuer to be spelled. */
const ISSUERS = { "auth0-spa-js": "/", "keycloak-js": "/realms/bench" };

export class Provider {
  /** hold: a page instead of the way back; ttl: seconds; clock: milliseconds ahead; pad: octets of a claim in ID tokens. */
  behaviour = { hold: false, ttl: 3600, clock: 0, pad: 0 };
  #log;
  #codes = new Map();
  #refreshTokens = new Map();

  constructor(log) {
    this.#log = log;
  }

  async answer(base, request, response) {
    const url = new URL(request.url, base);
    const [, sdk] = url.pathname.split("/");
    const what = ENDPOINTS[url.pathname.split("/").at(-1)] ?? "unknown";
    const entry = { to: "provider", sdk, what: request.method === "OPTIONS" ? "preflight" : what };
    this.#log.push(entry);
    const headers = {
      "access-control-allow-origin": request.headers.origin ?? "*",
      "access-control-allow-credentials": "true",
      "timing-allow-origin": "*",
      vary: "origin",
    };
    if (request.method === "OPTIONS") {
      const asked = request.headers["access-control-request-headers"] ?? "";
      const allowed = { "access-control-allow-headers": asked, "access-control-allow-methods": "GET, POST", "access-control-max-age": "7200" };
      return void response.writeHead(204, { ...headers, ...allowed }).end();
    }
    const issuer = `${base}/${sdk}${ISSUERS[sdk] ?? ""}`;
    // keycloak-js asks in a frame first whether frames of the provider have cookies.
    if (what === "cookies") {
      const page = '<!doctype html><title>cookies</title><script>parent.postMessage("supported", "*")</script>';
      return void response.writeHead(200, { "content-type": "text/html" }).end(page);
    }
    if (what === "authorize") return this.#authorize(sdk, url, response);
    const { status = 200, body } = await this.#answerOf(what, entry, { base, sdk, issuer, request });
    const cache = what === "metadata" || what === "jwks" ? "public, max-age=3600" : "no-store";
    response.writeHead(status, { ...headers, "content-type": "application/json", "cache-control": cache });
    response.end(JSON.stringify(body));
  }

  async #answerOf(what, entry, { base, sdk, issuer, request }) {
    if (what === "metadata") return { body: metadata(issuer, `${base}/${sdk}`) };
    if (what === "jwks") return { body: jwks };
    if (what === "user") return { body: { id: "ada", aud: "authenticated", email: "ada@example.com" } };
    if (what !== "token") return { status: 404, body: { error: "not_found" } };
    const text = await textOf(request);
    const json = request.headers["content-type"]?.includes("json");
    const given = new Map(json ? Object.entries(JSON.parse(text)) : new URLSearchParams(text));
    return this.#token(entry, sdk, issuer, given);
  }

  /** Sends the browser back with a code; or, held, shows a page that knows the way. */
  #authorize(sdk, url, response) {
    const given = url.searchParams;
    const back = new URL(given.get("redirect_uri") ?? given.get("redirect_to"));
    const answer = new URLSearchParams(given.has("state") ? { state: given.get("state") } : {});
    const silent = given.get("prompt") === "none";
    if (silent && given.get("client_id")?.endsWith("-stranger")) {
      answer.set("error", "login_required");
    } else {
      const code = random();
      const grant = { subject: given.get("login_hint") ?? "ada", nonce: given.get("nonce"), clientId: given.get("client_id") };
      this.#codes.set(code, { ...grant, challenge: given.get("code_challenge"), scope: given.get("scope") });
      answer.set("code", code);
      if (sdk === "keycloak-js") answer.set("session_state", "bench");
    }
    if (given.get("response_mode") === "fragment") back.hash = answer;
    else back.search = new URLSearchParams([...back.searchParams, ...answer]);
    if (this.behaviour.hold && !silent) {
      const page = `<!doctype html><title>held</title><script>const back = ${JSON.stringify(back.href)}</script>`;
      return void response.writeHead(200, { "content-type": "text/html" }).end(page);
    }
    response.writeHead(302, { location: back.href, "cache-control": "no-store" }).end();
  }

  #token(entry, sdk, issuer, given) {
    const code = given.get("code") ?? given.get("auth_code");
    if (code !== undefined) {
      const grant = this.#codes.get(code);
      this.#codes.delete(code);
      const verifier = given.get("code_verifier") ?? "";
      const fits = [verifier, createHash("sha256").update(verifier).digest("base64url")].includes(grant?.challenge);
      if (!grant || !fits) return { status: 400, body: { error: "invalid_grant" } };
      entry.what = "code";
      return { body: this.#tokens(sdk, issuer, grant) };
    }
    const held = this.#refreshTokens.get(given.get("refresh_token"));
    if (!held) return { status: 400, body: { error: "invalid_grant" } };
    entry.what = "refresh";
    // Refresh tokens rotate. A consumed one is taken all the same, and counted: where reuse is detected, it ends the session.
    entry.reused = held.used;
    held.used = true;
    return { body: this.#tokens(sdk, issuer, { ...held.grant, nonce: undefined }) };
  }

  #tokens(sdk, issuer, grant) {
    const { ttl, clock, pad } = this.behaviour;
    const now = Math.floor((Date.now() + clock) / 1000);
    const scope = grant.scope ?? "openid profile offline_access";
    const common = { iss: issuer, sub: grant.subject, iat: now, auth_time: now, sid: "bench" };
    const profile = { name: "Ada Lovelace", preferred_username: grant.subject, email: `${grant.subject}@example.com`, email_verified: true };
    const ids = { aud: grant.clientId, exp: now + ttl, nonce: grant.nonce ?? undefined, pad: pad ? "x".repeat(pad) : undefined };
    const access = signed({ ...common, aud: "https://api.example.com", azp: grant.clientId, exp: now + ttl, scope, roles: ["reader", "writer"] });
    const refresh = unsigned({ ...common, exp: now + 1_000_000, jti: random() });
    this.#refreshTokens.set(refresh, { grant, used: false });
    const tokens = { access_token: access, token_type: "Bearer", expires_in: ttl, refresh_token: refresh, scope };
    if (sdk === "supabase-auth-js") {
      const user = { id: grant.subject, aud: "authenticated", email: profile.email, app_metadata: {}, user_metadata: pad ? { pad: ids.pad } : {} };
      return { ...tokens, token_type: "bearer", expires_at: now + ttl, user };
    }
    const id = signed({ ...common, ...profile, ...ids, preferred_username: grant.subject });
    if (sdk === "msal-browser") {
      const info = Buffer.from(JSON.stringify({ uid: grant.subject, utid: "bench" })).toString("base64url");
      return { ...tokens, id_token: id, client_info: info };
    }
    return { ...tokens, id_token: id };
  }
}

function metadata(issuer, base) {
  const oidc = issuer.endsWith("/realms/bench") ? `${issuer}/protocol/openid-connect` : base;
  return {
    issuer,
    authorization_endpoint: `${oidc}/authorize`,
    token_endpoint: `${oidc}/token`,
    jwks_uri: `${oidc}/jwks`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    scopes_supported: ["openid", "profile", "offline_access"],
  };
}
