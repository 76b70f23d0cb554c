import { connect } from "./keyward/extension-page.js";
import { byId, notice } from "./view.js";

const WORDS = {
  signedIn: ({ session }) => `${session.claims?.name ?? session.subject} signed in`,
  signedOut: () => "signed out",
  tokenRefreshed: () => "another access token",
  refreshFailed: ({ error }) => `a refresh failed: ${error.code}`,
  reauthRequired: () => "the provider ended the session",
  signInFailed: ({ error }) => `a sign-in failed: ${error.code}`,
  storageDegraded: ({ error }) => error.message,
};

const auth = await connect().catch((error) => {
  notice(error);
  throw error;
});
for (const [type, words] of Object.entries(WORDS)) auth.on(type, (event) => tell(type, words(event)));
auth.subscribe(show);
show(auth.state);

function show({ status, session }) {
  document.body.dataset.view = status;
  byId("status").textContent = status.replace("_", " ");
  byId("who").textContent = session ? (session.claims?.name ?? session.subject) : "Nobody is signed in";
  byId("what").textContent = session ? `${session.issuer} · ${session.scope.join(" ")}` : "Sign in from the toolbar's popup: this panel follows.";
}

function tell(type, words) {
  const item = document.createElement("li");
  item.dataset.type = type;
  item.textContent = words;
  item.prepend(Object.assign(document.createElement("time"), { textContent: new Date().toLocaleTimeString() }));
  byId("events").prepend(item);
}
