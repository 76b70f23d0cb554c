// What the fake provider has given out: codes, tokens, signed claims.

const encoder = new TextEncoder();

/** Every secret of the fake is recognised as one, by people and by scanners of tests' output. */
let count = 0;
export const secret = (kind) => `fake-${kind}-${++count}-${crypto.randomUUID()}`;

export class Grants {
  #codes = new Map();
  #access = new Map();
  #refresh = new Map();
  #key = null;
  #rules;

  /** `rules`: accessTokenLifetime and idTokenLifetime in seconds, refreshTokens, and the clock's `now`. */
  constructor(rules) {
    this.#rules = rules;
  }

  /** A code for what was asked. */
  authorize(grant) {
    const code = secret("code");
    this.#codes.set(code, grant);
    return code;
  }

  /** The grant of a code, which is good for once. */
  redeem(code) {
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    return grant;
  }

  /** The grant of a refresh token. A used one ends the grant, where they rotate. */
  renew(token) {
    const entry = this.#refresh.get(token);
    if (!entry || entry.grant.isOver) return null;
    if (entry.isUsed) {
      this.end(entry.grant);
      return null;
    }
    entry.isUsed = this.#rules.refreshTokens === "rotate";
    return entry.grant;
  }

  /** Access token and, if there are any, refresh token. */
  issue(grant, { first, type, scope = grant.scope }) {
    const access = secret("access-token");
    const { accessTokenLifetime, refreshTokens, now } = this.#rules;
    this.#access.set(access, { grant, scope, until: now() + accessTokenLifetime * 1000 });
    const tokens = { access_token: access, token_type: type, expires_in: accessTokenLifetime, scope };
    if (refreshTokens === "rotate" || (refreshTokens === true && first)) {
      tokens.refresh_token = secret("refresh-token");
      this.#refresh.set(tokens.refresh_token, { grant, isUsed: false });
    }
    return tokens;
  }

  /** What an access token is good for now, or null. */
  check(token) {
    const entry = this.#access.get(token);
    return entry && !entry.grant.isOver && this.#rules.now() < entry.until ? entry : null;
  }

  /** RFC 7009: ends the access token, or the whole grant of a refresh token. */
  revoke(token) {
    this.#access.delete(token);
    const entry = this.#refresh.get(token);
    if (entry) this.end(entry.grant);
  }

  end(grant) {
    grant.isOver = true;
  }

  /** Of one user, or all. */
  endAll(subject) {
    const entries = [...this.#refresh.values(), ...this.#access.values()];
    for (const { grant } of entries) if (subject === undefined || grant.user.sub === subject) this.end(grant);
  }

  /** The access tokens that are out are no longer accepted; refresh tokens are. */
  expireAll() {
    this.#access.clear();
  }

  async idToken(claims) {
    const { privateKey, kid } = await this.#keys();
    const head = encoded(JSON.stringify({ alg: "ES256", typ: "JWT", kid }));
    const signed = `${head}.${encoded(JSON.stringify(claims))}`;
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, encoder.encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  }

  async jwks() {
    const { publicKey, kid } = await this.#keys();
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
    return { keys: [{ kty, crv, x, y, kid, alg: "ES256", use: "sig" }] };
  }

  async #keys() {
    this.#key ??= crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    return { ...(await this.#key), kid: "fake" };
  }

  /** A new key signs from now on, and the old one is gone. */
  rotateKeys() {
    this.#key = null;
  }
}

export async function challengeOf(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(verifier))));
}

const encoded = (text) => base64url(encoder.encode(text));

function base64url(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
