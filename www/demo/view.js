// Puts Keyward's state on the page. State goes in, elements change; nothing here decides anything.

import { showClaims } from "./claims.js";
import { renewalsOf } from "./events.js";
import { drawBar, follow, stopFollowing } from "./life.js";
import { errorInWords, initialsOf, nameOf } from "./words.js";

const byId = (id) => document.getElementById(id);

/** `state` is Keyward's, or null when it could not start; `session` is the one to show. */
export function showState(state, session, providers) {
  const hadFocus = document.activeElement?.closest("#signed-in, #signed-out");

  document.body.dataset.view = viewOf(state, session);
  byId("status").textContent = statusOf(state, session);
  byId("signed-out").hidden = !state || session !== null;
  byId("signed-in").hidden = session === null;
  byId("sign-out-all").hidden = (state?.sessions.length ?? 0) < 2;
  if (session) showSession(session, providers[session.provider]);
  else forgetSession();

  // What had the focus may be hidden now.
  if (hadFocus?.hidden) byId(session ? "name" : "welcome").focus();
}

function viewOf(state, session) {
  if (!state) return "failed";
  if (!session) return "signed_out";
  return session.status === "active" ? "signed_in" : "reauth_required";
}

function statusOf(state, session) {
  if (!state) return "not started";
  if (!session) return "signed out";
  if (state.sessions.length > 1) return `${state.sessions.length} accounts`;
  return session.status === "active" ? "signed in" : "sign in again";
}

function showSession(session, provider) {
  const { claims, subject } = session;
  const name = nameOf(session);
  const pass = byId("pass");
  // Another account's answer is none of this one's.
  if (pass.dataset.provider !== session.provider || pass.dataset.subject !== subject) hideApiResult();
  Object.assign(pass.dataset, { provider: session.provider, subject });
  document.title = `${name} · Keyward demo`;
  byId("name").textContent = name;
  byId("avatar").textContent = initialsOf(name);
  byId("email").textContent = claims?.email ?? "";
  byId("provider").textContent = provider.name;
  byId("subject").textContent = subject;
  byId("sign-in-again").hidden = session.status !== "reauth_required";
  setText("count-local", renewalsOf(session).local);
  setText("count-other", renewalsOf(session).other_context);
  showClaims(claims);
  follow("pass", session, showLife);
}

function showLife(life) {
  const bar = byId("life");
  drawBar(bar, life);
  bar.dataset.expiresAt = life.expiresAt ?? "";
  setText("life-seconds", life.amount);
  setText("life-unit", life.unit);
  setText("life-text", life.text);
  bar.setAttribute("aria-valuemax", Math.round((life.lifetime ?? 1) / 1000));
  bar.setAttribute("aria-valuenow", Math.round((life.remaining ?? 1) / 1000));
  bar.setAttribute("aria-valuetext", life.remaining === null ? "lifetime unknown" : `${life.amount} ${life.unit} left`);
}

function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== String(text)) element.textContent = text;
}

function forgetSession() {
  stopFollowing("pass");
  document.title = "Keyward demo";
  for (const id of ["name", "avatar", "email", "provider", "subject"]) byId(id).textContent = "";
  hideApiResult();
  showClaims(null);
}

/** One button for each provider: to sign in first, and to add an account. */
export function showProviders(providers, signIn) {
  for (const [id, { name }] of Object.entries(providers)) {
    const first = createButton(`Sign in with ${name}`, id);
    const isFirst = byId("choices").childElementCount === 0;
    first.id = isFirst ? "sign-in" : `sign-in-${id}`;
    first.className = isFirst ? "large" : "large quiet";
    const another = createButton(name, id);
    another.id = `add-${id}`;
    another.className = "quiet add";
    another.setAttribute("aria-label", `Add an account of ${name}`);
    byId("choices").append(first);
    byId("add").append(another);
    for (const button of [first, another]) {
      button.addEventListener("click", () => whileBusy(button, "Going there …", () => signIn(id)));
    }
  }
}

function createButton(text, provider) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.dataset.provider = provider;
  return button;
}

export function showApiResult({ status, body, milliseconds }) {
  const summary = document.createElement("p");
  summary.textContent =
    status === 200
      ? `The API knows this token's owner: ${body.name ?? body.subject}.`
      : `The API refused the token: ${body.error ?? "no reason given"}.`;

  const detail = document.createElement("pre");
  detail.tabIndex = 0;
  detail.setAttribute("aria-label", "The API's answer");
  detail.textContent = `GET /api/me → ${status}, ${milliseconds} ms\n${JSON.stringify(body, null, 2)}`;

  byId("api-result").dataset.status = status;
  byId("api-result").replaceChildren(summary, detail);
  byId("api-result").hidden = false;
}

function hideApiResult() {
  byId("api-result").replaceChildren();
  delete byId("api-result").dataset.status;
  byId("api-result").hidden = true;
}

export function showNotice({ title, text, code }) {
  byId("notice-title").textContent = title;
  byId("notice-text").textContent = text;
  byId("notice-code").textContent = code ?? "";
  byId("notice-code").hidden = !code;
  byId("notice").dataset.code = code ?? "";
  byId("notice").hidden = false;
}

export function hideNotice() {
  byId("notice").hidden = true;
}

byId("notice-close").addEventListener("click", hideNotice);

/** Runs a button's action: the button says so meanwhile, and a failure is told in words. */
export async function whileBusy(button, busyText, action) {
  if (button.ariaDisabled === "true") return;
  hideNotice();
  button.dataset.label ??= button.textContent;
  button.textContent = busyText;
  button.ariaDisabled = "true";
  try {
    await action();
  } catch (error) {
    showNotice(errorInWords(error));
  } finally {
    makeIdle(button);
  }
}

/** A page that comes out of the back/forward cache still shows what it showed when it was left. */
export function onPageShown(show) {
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll("button[data-label]").forEach(makeIdle);
    show();
  });
}

function makeIdle(button) {
  button.textContent = button.dataset.label;
  button.ariaDisabled = null;
}
