// examples/oauth.ts for a public client with OpenID Connect. It keeps no sessions: of the measures, the callback and its size apply.
import * as oauth from "oauth4webapi";

const local = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(bench.provider);
const client = { client_id: bench.clientId };
const discover = async () => oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, local));

export default {
  signIn: async (subject) => {
    const server = await discover();
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    sessionStorage.pending = JSON.stringify({ verifier, state, nonce });
    const url = new URL(server.authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: bench.clientId, redirect_uri: bench.redirectUri, response_type: "code", scope: bench.scope, state, nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", login_hint: subject,
    });
    location.assign(url);
  },
  callback: async () => {
    const { verifier, state, nonce } = JSON.parse(sessionStorage.pending);
    delete sessionStorage.pending;
    const server = await discover();
    const params = oauth.validateAuthResponse(server, client, new URL(location.href), state);
    const response = await oauth.authorizationCodeGrantRequest(
      server, client, oauth.None(), params, bench.redirectUri, verifier, local,
    );
    const result = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce });
    return result.access_token;
  },
  token: async () => null,
  refresh: async () => {
    throw new Error("oauth4webapi keeps no session");
  },
};
