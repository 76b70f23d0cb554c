// The demo: what an app does with Keyward. Everything here uses the package's public API and nothing else.

import { init } from "keyward";

import { choose, chosen, selectorOf, showAccounts } from "./accounts.js";
import { callApi } from "./api.js";
import { record, recordEvents } from "./events.js";
import { hideNotice, onPageShown, showApiResult, showNotice, showProviders, showState, whileBusy } from "./view.js";
import { errorInWords, nameOf } from "./words.js";

const byId = (id) => document.getElementById(id);

await start();

async function start() {
  try {
    const { clientId, providers } = await fetchConfig();
    const auth = await createAuth(clientId, providers);
    const show = () => {
      showAccounts(auth.state, providers, show);
      showState(auth.state, chosen(auth.state), providers);
    };
    recordEvents(auth, providers);
    showNotices(auth, providers);
    showProviders(providers, (provider) => signIn(auth, provider));
    reportArrival(auth);
    connectButtons(auth);
    onPageShown(show);
    auth.subscribe(show);
    // Events come after the state that they are about; this one is counted.
    auth.on("tokenRefreshed", show);
    show();
  } catch (error) {
    showState(null, null, {});
    showNotice(errorInWords(error));
  }
}

async function createAuth(clientId, providers) {
  const configured = Object.entries(providers).map(([id, { issuer }]) => [
    id,
    { issuer, clientId, scope: "openid profile email", postLogoutRedirectUri: `${location.origin}/` },
  ]);
  // The Rust app on the same origin has another client, and sessions of its own.
  return init({ providers: Object.fromEntries(configured), namespace: "keyward-demo" });
}

async function fetchConfig() {
  const response = await fetch("/config.json");
  if (!response.ok) throw new Error(`The demo's server answered ${response.status} to the request for its settings.`);
  return response.json();
}

/** A provider that has somebody signed in already would send the same person back, so it is told to ask again. */
function signIn(auth, provider) {
  const another = auth.state.sessions.some((session) => session.provider === provider);
  return auth.signIn({ provider, ...(another ? { prompt: "login" } : {}) });
}

/** The provider's own session ends with its last account here; before that it may be another account's. */
function signOut(auth) {
  const session = chosen(auth.state);
  const others = auth.state.sessions.filter((each) => each.provider === session.provider && each !== session);
  return auth.signOut({ ...selectorOf(session), ...(others.length > 0 ? { mode: "local" } : {}) });
}

function showNotices(auth, providers) {
  for (const type of ["storageDegraded", "reauthRequired", "signInFailed"]) {
    auth.on(type, ({ error }) => showNotice(errorInWords(error)));
  }
  auth.on("signedIn", hideNotice);
  auth.on("signedOut", ({ origin, provider, subject }) => {
    if (origin !== "other_context") return;
    showNotice({ title: "Signed out", text: `You signed out ${subject} (${providers[provider].name}) in another tab.` });
  });
}

/** Says how this page came to be signed in, or why it is not. */
function reportArrival(auth) {
  const { error, result } = auth.redirectResult ?? {};
  const { sessions } = auth.state;
  if (result) choose(result.session);
  if (error) showNotice(errorInWords(error));
  else if (result) record("redirect", "local", `Came back from the provider as ${nameOf(result.session)}.`);
  else if (sessions.length > 0) {
    const found = sessions.length > 1 ? `${sessions.length} sessions` : "Session";
    record("restored", "local", `${found} found in this browser. No request was needed.`);
  }
  const stale = sessions.find((session) => session.error);
  if (stale && !error) showNotice(errorInWords(stale.error));
}

function connectButtons(auth) {
  const account = () => selectorOf(chosen(auth.state));
  onClick("sign-in-again", "Going to the provider …", () => {
    const session = chosen(auth.state);
    return auth.signIn({ provider: session.provider, loginHint: session.claims?.name, prompt: "login" });
  });
  onClick("sign-out", "Signing out …", () => signOut(auth));
  onClick("sign-out-all", "Signing out …", () => auth.signOut({ all: true, mode: "local" }));
  onClick("call-api", "Asking …", async () => showApiResult(await callApi(auth, account())));
}

function onClick(id, busyText, action) {
  byId(id).addEventListener("click", () => whileBusy(byId(id), busyText, action));
}
