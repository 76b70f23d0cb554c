// Keeps the server's row of each account as the session here is. Only the access token travels, as the request's own
// proof of who asks; the refresh token has one owner, and that is this browser.
//
// Every tab hears every event and tells the server: it may hear the same twice, and does not mind. Within a tab the requests
// of one account come one after another.

const PATIENCE = [500, 2_000, 8_000];

/** Returns a function that resolves when nothing is left to tell. `url` is the server's; `onRow` hears what it has. */
export function keepLinked(auth, url, onRow = () => {}) {
  /** By account: the token that the server was told last, and what is being told now. */
  const accounts = new Map();

  const of = (account) => {
    const key = JSON.stringify([account.provider, account.subject]);
    if (!accounts.has(key)) accounts.set(key, { told: null, work: Promise.resolve() });
    return accounts.get(key);
  };
  const afterwards = (account, work) => {
    const entry = of(account);
    entry.work = entry.work.then(() => work(entry)).catch((error) => console.warn("not linked: %s", error.message));
  };

  /** The token of now, not of the event: until the server has the one that is current. */
  const store = ({ provider, subject }) =>
    afterwards({ provider, subject }, async (entry) => {
      for (;;) {
        const token = await auth.getAccessToken({ provider, subject }).catch(signedOutMeanwhile);
        if (!token || token === entry.told) return;
        const response = await request("PUT", token);
        entry.told = token;
        if (response.ok) onRow(provider, subject, (await response.json()).row);
      }
    });

  /** The session is gone; the token that the server was told proves whose row it is. */
  const clear = ({ provider, subject }) =>
    afterwards({ provider, subject }, async (entry) => {
      const token = entry.told;
      entry.told = null;
      if (token) await request("DELETE", token);
      onRow(provider, subject, null);
    });

  async function request(method, token) {
    for (let attempt = 0; ; attempt++) {
      // The page may be on its way to the provider's logout page.
      const options = { method, headers: { Authorization: `Bearer ${token}` }, keepalive: true };
      const response = await fetch(url, options).catch(() => null);
      // 401: the token ended on the way. The next one is coming.
      if (response && response.status < 500) return response;
      if (attempt === PATIENCE.length) throw new Error("the server cannot be reached");
      await new Promise((resolve) => setTimeout(resolve, PATIENCE[attempt]));
    }
  }

  auth.on("signedIn", ({ session }) => store(session));
  auth.on("tokenRefreshed", ({ session }) => store(session));
  auth.on("signedOut", clear);
  // What happened while this page was not there, and the sign-in that it was just loaded with.
  for (const session of auth.state.sessions) store(session);

  return () => Promise.all([...accounts.values()].map(({ work }) => work));
}

function signedOutMeanwhile(error) {
  if (["login_required", "reauth_required", "no_refresh_token"].includes(error.code)) return null;
  throw error;
}
