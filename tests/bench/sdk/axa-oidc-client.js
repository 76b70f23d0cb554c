// README, "Getting started", without its service worker ("just comment that line") and with storage that outlives a tab.
import { OidcClient } from "@axa-fr/oidc-client";

const client = OidcClient.getOrCreate(() => fetch)({
  client_id: bench.clientId,
  redirect_uri: bench.redirectUri,
  authority: bench.provider,
  scope: bench.scope,
  storage: localStorage,
  login_state_storage: sessionStorage,
});

const token = async () => {
  await client.tryKeepExistingSessionAsync();
  return client.tokens ? (await client.getValidTokenAsync()).tokens.accessToken : null;
};

export default {
  signIn: (subject) => client.loginAsync("/", { login_hint: subject }),
  callback: async () => {
    await client.loginCallbackAsync();
    return client.tokens.accessToken;
  },
  token,
  hot: () => client.getValidTokenAsync(),
  refresh: () => client.renewTokensOrThrowAsync(),
};
