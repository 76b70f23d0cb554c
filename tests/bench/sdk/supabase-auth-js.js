// The client of `supabase.auth` by itself, signing in with an OAuth provider and PKCE; the server imitates its API.
import { AuthClient } from "@supabase/auth-js";

const client = new AuthClient({
  url: bench.provider,
  headers: { apikey: bench.clientId },
  storageKey: "bench",
  flowType: "pkce",
});

const token = async () => {
  const { data, error } = await client.getSession();
  if (error) throw error;
  return data.session ? data.session.access_token : null;
};

export default {
  signIn: () => client.signInWithOAuth({ provider: "bench", options: { redirectTo: bench.redirectUri } }),
  callback: token,
  token,
  refresh: async () => {
    const { error } = await client.refreshSession();
    if (error) throw error;
  },
};
