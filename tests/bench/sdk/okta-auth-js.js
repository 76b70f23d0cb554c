// README, "Getting started"; `/core` is the smaller build that it names for redirects to the provider.
import { OktaAuth } from "@okta/okta-auth-js/core";

const client = new OktaAuth({
  issuer: bench.provider,
  clientId: bench.clientId,
  redirectUri: bench.redirectUri,
  scopes: bench.scope.split(" "),
});

export default {
  signIn: (subject) => client.signInWithRedirect({ loginHint: subject, originalUri: "/" }),
  callback: async () => {
    const { tokens } = await client.token.parseFromUrl();
    client.tokenManager.setTokens(tokens);
    return client.getAccessToken();
  },
  token: async () => {
    const token = await client.getOrRenewAccessToken();
    if (!started) started = client.start();
    return token;
  },
  hot: () => client.getOrRenewAccessToken(),
  refresh: () => client.tokenManager.renew("accessToken"),
};

let started = null;
