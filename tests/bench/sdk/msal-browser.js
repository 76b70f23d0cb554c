// "Initialization" with another authority than Microsoft's (protocolMode OIDC). MSAL takes https authorities only, so the
// authority is named so and its metadata, with the endpoints of the local provider, is handed over: no discovery request.
import { ProtocolMode, PublicClientApplication } from "@azure/msal-browser";

const authority = bench.provider.replace("http:", "https:");
const endpoint = (name) => `${bench.provider}/${name}`;
const application = new PublicClientApplication({
  auth: {
    clientId: bench.clientId,
    authority,
    knownAuthorities: [new URL(authority).host],
    authorityMetadata: JSON.stringify({
      issuer: authority,
      authorization_endpoint: endpoint("authorize"),
      token_endpoint: endpoint("token"),
      jwks_uri: endpoint("jwks"),
      end_session_endpoint: endpoint("logout"),
    }),
    redirectUri: bench.redirectUri,
  },
  cache: { cacheLocation: "localStorage" },
  system: { protocolMode: ProtocolMode.OIDC },
});
const ready = application.initialize().then(() => application);
const scopes = bench.scope.split(" ");

let client = null;
ready.then((it) => (client = it));

const acquire = async (more) => {
  client ??= await ready;
  const account = client.getActiveAccount() ?? client.getAllAccounts()[0];
  return account ? (await client.acquireTokenSilent({ scopes, account, ...more })).accessToken : null;
};

export default {
  signIn: async (subject) => (await ready).loginRedirect({ scopes, loginHint: subject }),
  callback: async () => (await (await ready).handleRedirectPromise({ navigateToLoginRequestUrl: false })).accessToken,
  token: () => acquire(),
  refresh: () => acquire({ forceRefresh: true }),
};
