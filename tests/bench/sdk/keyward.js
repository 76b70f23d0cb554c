// README, "Start": one `init`, then tokens. Everything else at its default.
import { init } from "keyward";

const ready = init({
  issuer: bench.provider,
  clientId: bench.clientId,
  redirectUri: bench.redirectUri,
  scope: bench.scope,
});
let auth = null;
ready.then((it) => (auth = it));

const token = async () => {
  auth ??= await ready;
  return auth.state.status === "signed_out" ? null : auth.getAccessToken();
};

export default {
  signIn: async (subject) => (await ready).signIn({ loginHint: subject, returnTo: "/" }),
  callback: async () => {
    const { redirectResult } = await ready;
    if (redirectResult?.error) throw redirectResult.error;
    return token();
  },
  token,
  hot: () => auth.getAccessToken(),
  refresh: () => auth.getAccessToken({ forceRefresh: true }),
};
