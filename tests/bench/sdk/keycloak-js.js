// "Using the adapter": it stores nothing, so a page load asks the provider in a frame (check-sso, silentCheckSsoRedirectUri).
import Keycloak from "keycloak-js";

const client = new Keycloak({ url: bench.provider, realm: "bench", clientId: bench.clientId });
const leaving = new URLSearchParams(location.search).has("sign-in");
const ready = client.init({
  pkceMethod: "S256",
  checkLoginIframe: false,
  ...(leaving ? {} : { onLoad: "check-sso", silentCheckSsoRedirectUri: location.origin + "/silent.html" }),
});

const token = async () => {
  await ready;
  if (!client.authenticated) return null;
  await client.updateToken(5);
  return client.token;
};

export default {
  signIn: async (subject) => {
    await ready;
    await client.login({ redirectUri: bench.redirectUri, loginHint: subject });
  },
  callback: token,
  token,
  refresh: () => client.updateToken(-1),
};
