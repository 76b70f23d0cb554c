// The page: sign in, add an account, refresh, sign out; and what the server's row says each time.

import { init } from "keyward";

import { keepLinked } from "./link.js";

const byId = (id) => document.getElementById(id);
const rows = new Map();
const keyOf = (provider, subject) => JSON.stringify([provider, subject]);

const { providers, clientId, resource } = await (await fetch("/config.json")).json();
const configured = Object.entries(providers).map(([id, issuer]) => [
  id,
  { issuer, clientId, resource, scope: "openid profile accounts", postLogoutRedirectUri: `${location.origin}/` },
]);
const auth = await init({ providers: Object.fromEntries(configured), namespace: "linked-accounts" });

const settled = keepLinked(auth, "/api/linked-account", (provider, subject, row) => {
  if (row) rows.set(keyOf(provider, subject), row);
  else rows.delete(keyOf(provider, subject));
  show();
});
auth.subscribe(show);
byId("sign-in").addEventListener("click", () => {
  const asked = auth.state.sessions.length > 0 ? { prompt: "login" } : {};
  auth.signIn(asked).catch(complain);
});
show();
if (auth.redirectResult?.error) complain(auth.redirectResult.error);
// For the browser's console, and for tests.
Object.assign(window, { auth, settled });
document.documentElement.dataset.ready = "yes";

function show() {
  byId("sign-in").textContent = auth.state.sessions.length > 0 ? "Add an account" : "Sign in";
  byId("sessions").replaceChildren(...auth.state.sessions.map(sectionOf));
}

function sectionOf(session) {
  const { provider, subject } = session;
  const row = rows.get(keyOf(provider, subject));
  const section = element("section", "");
  section.dataset.subject = subject;
  section.append(
    element("h2", session.claims?.name ?? subject),
    element("p", `${subject} at ${provider}`),
    element("p", row?.hasToken ? `The server has a token until ${timeOf(row.expiresAt)}.` : "The server has no token yet."),
    button("Renew the token", () => auth.getAccessToken({ provider, subject, forceRefresh: true })),
    button("Sign out", () => auth.signOut({ provider, subject, mode: "local" })),
  );
  return section;
}

function button(text, action) {
  const created = element("button", text);
  created.type = "button";
  created.addEventListener("click", () => action().catch(complain));
  return created;
}

function element(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

function timeOf(instant) {
  return new Date(instant).toLocaleTimeString();
}

function complain(error) {
  byId("problem").textContent = `${error.code ?? "error"}: ${error.message}`;
}
