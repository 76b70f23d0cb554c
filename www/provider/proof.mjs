// What an API must check of a DPoP proof (RFC 9449 section 4.3), beside the access token itself.

import { createHash } from "node:crypto";

import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";

/** Proofs may be so old, in seconds; so long their ids are remembered. */
const LIFETIME = 300;

/** Remembers the proofs that it has seen: each is good for one request. */
export function proofChecker() {
  const seen = new Map();

  /**
   * Null if the proof is good for a request with that method to that URL, with a token that is bound to the key with the
   * thumbprint `jkt`; else what is wrong with it. `nonces` are those that are accepted now; without any, none is needed.
   */
  return async ({ proof, method, url, token, jkt, nonces = [] }) => {
    let verified;
    try {
      verified = await jwtVerify(proof ?? "", EmbeddedJWK, { algorithms: ["ES256"], typ: "dpop+jwt", maxTokenAge: LIFETIME, clockTolerance: 5 });
    } catch (error) {
      return `it is not a proof: ${error.message}`;
    }
    const { payload, protectedHeader } = verified;
    const target = new URL(url);
    const hash = createHash("sha256").update(token).digest("base64url");
    if (payload.htm !== method) return "htm is another method";
    if (payload.htu !== target.origin + target.pathname) return "htu is another URL";
    if (payload.ath !== hash) return "ath is of another token";
    if ((await calculateJwkThumbprint(protectedHeader.jwk)) !== jkt) return "the token is bound to another key";
    if (nonces.length > 0 && !nonces.includes(payload.nonce)) return "nonce";
    const now = Date.now();
    for (const [id, until] of seen) if (until < now) seen.delete(id);
    if (typeof payload.jti !== "string" || seen.has(payload.jti)) return "jti was used before";
    seen.set(payload.jti, now + LIFETIME * 1000);
    return null;
  };
}
