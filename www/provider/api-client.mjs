// The protected API is a confidential client of the provider: it may ask about tokens (RFC 7662). Both run in one
// process, so the secret is made at start and handed over in memory; it is never written anywhere.

import { randomBytes } from "node:crypto";

export const API_CLIENT_ID = "keyward-api";

const secrets = new Map();

export function createApiSecret(issuer) {
  const secret = randomBytes(32).toString("base64url");
  secrets.set(issuer, secret);
  return secret;
}

export function forgetApiSecret(issuer) {
  secrets.delete(issuer);
}

/** The Authorization header of the API's requests to that issuer; null when the issuer runs elsewhere. */
export function apiAuthorization(issuer) {
  const secret = secrets.get(issuer);
  return secret ? `Basic ${Buffer.from(`${API_CLIENT_ID}:${secret}`).toString("base64")}` : null;
}
