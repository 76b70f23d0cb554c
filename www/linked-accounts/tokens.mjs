// Who is asking: the access token that came with the request, verified with its provider's published keys (RFC 9068, JWT
// access tokens). Nothing of it is believed before.

import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from "jose";

/** A token that ended while its owner was away still proves whose session is being signed out. */
const LATEST_SIGN_OUT_SECONDS = 30 * 24 * 60 * 60;

/** `providers`: issuers by the app's name for them. `audience`: this API. */
export function createVerifier({ providers, audience }) {
  const keySets = new Map();

  async function keysOf(issuer) {
    if (!keySets.has(issuer)) keySets.set(issuer, createRemoteJWKSet(await jwksUri(issuer)));
    return keySets.get(issuer);
  }

  /** Resolves to the account and the facts of its token, or to null: then nobody knows who is asking. */
  return async (token, { mayHaveEnded = false } = {}) => {
    const [provider, issuer] = providerOf(token, providers) ?? [];
    if (!provider) return null;
    try {
      const { payload } = await jwtVerify(token, await keysOf(issuer), {
        issuer,
        audience,
        typ: "at+jwt",
        algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
        requiredClaims: ["sub", "iat", "exp", "jti"],
        clockTolerance: mayHaveEnded ? LATEST_SIGN_OUT_SECONDS : 5,
      });
      return {
        account: { provider, providerAccountId: payload.sub },
        grant: { token, issuedAt: payload.iat, expiresAt: new Date(payload.exp * 1000), tokenId: payload.jti },
      };
    } catch (error) {
      // The provider does not answer: that is no verdict.
      if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout) throw error;
      return null;
    }
  };
}

/** Whose token it claims to be decides with whose keys it is verified, and nothing else. */
function providerOf(token, providers) {
  try {
    const { iss } = decodeJwt(token);
    return Object.entries(providers).find(([, issuer]) => issuer === iss);
  } catch {
    return undefined;
  }
}

async function jwksUri(issuer) {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) throw new Error(`the metadata of ${issuer} was answered with ${response.status}`);
  const metadata = await response.json();
  if (metadata.issuer !== issuer) throw new Error(`the metadata of ${issuer} names another issuer`);
  return new URL(metadata.jwks_uri);
}
