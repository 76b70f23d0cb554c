// The demo: what an app does with Keyward. Everything here uses the package's public API and nothing else.

import { init } from "keyward";

import { callApi } from "./api.js";
import { record, recordEvents } from "./events.js";
import { hideNotice, onPageShown, showApiResult, showNotice, showState, whileBusy } from "./view.js";
import { errorInWords } from "./words.js";

const byId = (id) => document.getElementById(id);

await start();

async function start() {
  try {
    const auth = await createAuth();
    recordEvents(auth);
    showNotices(auth);
    auth.subscribe(showState);
    showState(auth.state);
    reportArrival(auth);
    connectButtons(auth);
  } catch (error) {
    showState(null);
    showNotice(errorInWords(error));
  }
}

async function createAuth() {
  const { issuer, clientId } = await fetchConfig();
  return init({
    issuer,
    clientId,
    scope: "openid profile email",
    postLogoutRedirectUri: `${location.origin}/`,
  });
}

async function fetchConfig() {
  const response = await fetch("/config.json");
  if (!response.ok) throw new Error(`The demo's server answered ${response.status} to the request for its settings.`);
  return response.json();
}

function showNotices(auth) {
  for (const type of ["storageDegraded", "reauthRequired", "signInFailed"]) {
    auth.on(type, ({ error }) => showNotice(errorInWords(error)));
  }
  auth.on("signedIn", hideNotice);
  auth.on("signedOut", ({ origin }) => {
    if (origin === "other_context") showNotice({ title: "Signed out", text: "You signed out in another tab." });
  });
}

/** Says how this page came to be signed in, or why it is not. */
function reportArrival(auth) {
  const { error, result } = auth.redirectResult ?? {};
  if (error) showNotice(errorInWords(error));
  else if (result) record("redirect", "local", "Came back from the provider, signed in.");
  else if (auth.state.session) record("restored", "local", "Session found in this browser. No request was needed.");
  const [stale] = auth.state.sessions.filter((session) => session.error);
  if (stale && !error) showNotice(errorInWords(stale.error));
}

function connectButtons(auth) {
  onClick("sign-in", "Going to the provider …", () => auth.signIn());
  onClick("sign-in-again", "Going to the provider …", () => auth.signIn({ loginHint: auth.state.session.claims?.name }));
  onClick("sign-out", "Signing out …", () => auth.signOut());
  onClick("call-api", "Asking …", async () => showApiResult(await callApi(auth)));
  onPageShown(() => showState(auth.state));
}

function onClick(id, busyText, action) {
  byId(id).addEventListener("click", () => whileBusy(byId(id), busyText, action));
}
