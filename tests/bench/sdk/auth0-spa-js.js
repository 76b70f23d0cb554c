// README, "Getting Started", with refresh tokens and the cache that outlives a page.
import { createAuth0Client } from "@auth0/auth0-spa-js";

const ready = createAuth0Client({
  domain: bench.provider,
  clientId: bench.clientId,
  cacheLocation: "localstorage",
  useRefreshTokens: true,
  authorizationParams: { redirect_uri: bench.redirectUri, scope: "profile" },
});

let client = null;
ready.then((it) => (client = it));

const token = async () => {
  client ??= await ready;
  return (await client.isAuthenticated()) ? client.getTokenSilently() : null;
};

export default {
  signIn: async (subject) => (await ready).loginWithRedirect({ authorizationParams: { login_hint: subject } }),
  callback: async () => {
    await (await ready).handleRedirectCallback();
    return token();
  },
  token,
  hot: () => client.getTokenSilently(),
  refresh: () => client.getTokenSilently({ cacheMode: "off" }),
};
