// Token exchange (RFC 8693): for the session's access token, another one for another audience.

import { chosen } from "./chosen.js";
import { AuthError, invalid } from "./errors.js";
import { ask, isUsable, metadataOf } from "./mcp-discovery.js";

const TYPE = "urn:ietf:params:oauth:token-type:";
const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const OPTIONS = ["provider", "subject", "audience", "resource", "scope", "requestedTokenType", "actorToken", "actorTokenType", "tokenEndpoint", "params"];
const OWN = ["grant_type", "client_id", "client_secret", "subject_token", "subject_token_type"];

/** Asks the provider at each call; the caller keeps the token for as long as it is valid. */
export async function exchangeToken(auth, options = {}) {
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) throw invalid(`${name}: is not known`);
  const { provider, subject, audience, resource, scope, requestedTokenType, actorToken, params = {} } = options;
  for (const name of Object.keys(params)) if (OWN.includes(name)) throw invalid(`params.${name}: is the protocol's own`);
  const session = chosen(auth.state, { provider, subject });
  if (!session) throw new AuthError("nobody is signed in", { code: "login_required" });
  const endpoint = options.tokenEndpoint ?? (await metadataOf(session.issuer)).token_endpoint;
  if (!isUsable(endpoint)) throw new AuthError("token_endpoint: is no https URL", { code: "invalid_metadata" });

  const token = await auth.getAccessToken({ provider: session.provider, subject: session.subject });
  const form = new URLSearchParams({ ...params, grant_type: GRANT, client_id: session.clientId, subject_token: token, subject_token_type: `${TYPE}access_token` });
  for (const each of [audience].flat()) if (each !== undefined) form.append("audience", each);
  for (const each of [resource].flat()) if (each !== undefined) form.append("resource", each);
  if (scope !== undefined) form.set("scope", scope);
  if (requestedTokenType !== undefined) form.set("requested_token_type", requestedTokenType);
  if (actorToken !== undefined) {
    form.set("actor_token", actorToken);
    form.set("actor_token_type", options.actorTokenType ?? `${TYPE}access_token`);
  }
  const { status, document } = await ask(endpoint, { method: "POST", body: form });
  return judged(status, document, session, [token, actorToken]);
}

function judged(status, answer, { provider }, secrets) {
  if (status >= 200 && status < 300) {
    const { access_token: token, issued_token_type: issued, token_type: type, expires_in: lifetime, scope } = answer ?? {};
    if (![token, issued, type].every((text) => typeof text === "string" && text !== "")) {
      throw new AuthError("the answer has no access_token, issued_token_type or token_type (RFC 8693 section 2.2.1)", { code: "invalid_response", provider });
    }
    const seconds = Number(lifetime);
    const expiresAt = Number.isFinite(seconds) && seconds > 0 ? Date.now() + seconds * 1000 : null;
    return Object.freeze({ token, issuedTokenType: issued, tokenType: type, expiresAt, scope: typeof scope === "string" ? scope.split(" ") : null });
  }
  const words = (name) => {
    const text = answer?.[name];
    if (typeof text !== "string") return null;
    const inert = text.replace(/[^\x20-\x7e]/g, "?").slice(0, 500);
    return secrets.some((secret) => secret && inert.includes(secret)) ? "?" : inert;
  };
  const error = words("error");
  const isTransient = status === 429 || status >= 500;
  throw new AuthError(`the provider refused the exchange (${status})${error ? `: ${error}` : ""}`, {
    code: isTransient ? "temporarily_unavailable" : "token_endpoint",
    retryable: isTransient,
    provider,
    oauth: error ? { error, errorDescription: words("error_description"), errorUri: words("error_uri"), status } : null,
  });
}
