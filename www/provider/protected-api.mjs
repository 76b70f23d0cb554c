// The protected API: it answers who holds the access token that came with the request, as its provider sees it now.

import { apiAuthorization } from "./api-client.mjs";
import { proofChecker } from "./proof.mjs";

const REALM = 'Bearer realm="keyward-demo"';

/** Handles GET /api/me, for the tokens of any of these issuers. */
export function protectedApi({ issuers }) {
  const check = proofChecker();
  return async (request, response) => {
    if (request.method !== "GET") return response.writeHead(405, { Allow: "GET" }).end();

    const [, scheme, token] = /^(Bearer|DPoP) ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (!token) return refuse(response, REALM, { error: "no access token came with the request" });

    // The tokens are opaque and do not say whose they are.
    const answers = await Promise.all(issuers.map((issuer) => introspect(issuer, token).catch(() => null)));
    const facts = answers.find((answer) => answer?.active) ?? answers.find(Boolean);
    if (!facts) return answer(response, 503, { error: "the provider could not be asked about the token" });
    if (!facts.active || facts.token_type.toLowerCase() !== scheme.toLowerCase()) {
      const error = "the access token is not valid, or not any more";
      return refuse(response, `${REALM}, error="invalid_token", error_description="${error}"`, { error });
    }

    if (facts.token_type === "DPoP") {
      const url = `http://${request.headers.host}${request.url}`;
      const { dpop: proof } = request.headers;
      const error = await check({ proof, method: request.method, url, token, jkt: facts.cnf?.jkt });
      if (error) return refuse(response, `DPoP error="invalid_dpop_proof", error_description="${error}"`, { error });
    }

    answer(response, 200, {
      issuer: facts.iss,
      subject: facts.sub,
      name: facts.name,
      scope: facts.scope,
      expiresAt: facts.exp * 1000,
      servedAt: Date.now(),
    });
  };
}

/** Token introspection, RFC 7662. */
export async function introspect(issuer, token) {
  const authorization = apiAuthorization(issuer);
  if (!authorization) throw new Error(`no credentials for ${issuer}`);
  const response = await fetch(`${issuer}/token/introspection`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams({ token, token_type_hint: "access_token" }),
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) throw new Error(`introspection answered ${response.status}`);
  return response.json();
}

function refuse(response, challenge, body) {
  answer(response, 401, body, { "WWW-Authenticate": challenge });
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { ...headers, "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
