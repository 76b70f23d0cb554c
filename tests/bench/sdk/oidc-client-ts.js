// docs/protocols/authorization-code-grant.md with the store that outlives a tab.
import { UserManager, WebStorageStateStore } from "oidc-client-ts";

const manager = new UserManager({
  authority: bench.provider,
  client_id: bench.clientId,
  redirect_uri: bench.redirectUri,
  scope: bench.scope,
  userStore: new WebStorageStateStore({ store: localStorage }),
});

export default {
  signIn: (subject) => manager.signinRedirect({ login_hint: subject }),
  callback: async () => (await manager.signinRedirectCallback()).access_token,
  async token() {
    let user = await manager.getUser();
    if (user?.expired) user = await manager.signinSilent();
    return user ? user.access_token : null;
  },
  refresh: () => manager.signinSilent(),
};
