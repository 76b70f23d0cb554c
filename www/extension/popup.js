import { connect } from "./keyward/extension-page.js";
import { API } from "./config.js";
import { byId, notice, showAgainEverySecond } from "./view.js";

const auth = await connect().catch((error) => {
  document.body.dataset.view = "failed";
  notice(error);
  throw error;
});
let lifetime = 0;

byId("sign-in").onclick = () => busy("sign-in", () => auth.signIn());
byId("sign-out").onclick = () => busy("sign-out", () => auth.signOut());
byId("call-api").onclick = () =>
  busy("call-api", async () => {
    const response = await auth.fetch(API);
    byId("answer").textContent = JSON.stringify(await response.json(), null, 1);
    byId("answer").hidden = false;
  });
if (chrome.sidePanel) {
  // Known before the click: the panel opens in the user's gesture only.
  const { id: windowId } = await chrome.windows.getCurrent();
  byId("open-panel").hidden = false;
  byId("open-panel").onclick = () => chrome.sidePanel.open({ windowId });
}
auth.subscribe(show);
show(auth.state);
showAgainEverySecond(() => showLife(auth.state));

async function busy(button, work) {
  byId(button).disabled = true;
  notice(null);
  // This page may be closed by the window that opens: the background goes on, and the next popup shows what came of it.
  await work().catch(notice);
  byId(button).disabled = false;
}

function show({ status, session }) {
  document.body.dataset.view = status;
  byId("signed-out").hidden = status === "signed_in";
  byId("signed-in").hidden = status !== "signed_in";
  if (status === "reauth_required") notice(session.error);
  if (status !== "signed_in") return;
  const { name, email, sub } = session.claims;
  byId("name").textContent = name ?? sub;
  byId("email").textContent = email ?? "";
  byId("initial").textContent = (name ?? sub).slice(0, 1).toUpperCase();
  lifetime = session.expiresAt - Date.now();
  showLife({ session });
}

function showLife({ session }) {
  if (!session?.expiresAt) return;
  const rest = Math.max(0, session.expiresAt - Date.now());
  byId("life").style.width = `${lifetime > 0 ? Math.min(100, (100 * rest) / lifetime) : 0}%`;
  byId("until").textContent = rest > 0 ? `This access token lives for ${Math.ceil(rest / 1000)} s more.` : "The next call gets another token.";
}
