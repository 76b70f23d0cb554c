// Puts Keyward's state on the page. State goes in, elements change; nothing here decides anything.

import { showClaims } from "./claims.js";
import { showLife, stopLife } from "./life.js";
import { errorInWords } from "./words.js";

const STATUS_TEXTS = { signed_in: "signed in", signed_out: "signed out", reauth_required: "sign in again" };

const byId = (id) => document.getElementById(id);

/** `state` is Keyward's, or null when it could not start. */
export function showState(state) {
  const session = state?.session ?? null;
  const hadFocus = document.activeElement?.closest("#signed-in, #signed-out");

  document.body.dataset.view = state?.status ?? "failed";
  byId("status").textContent = state ? STATUS_TEXTS[state.status] : "not started";
  byId("signed-out").hidden = !state || session !== null;
  byId("signed-in").hidden = session === null;
  if (session) showSession(session);
  else forgetSession();

  // What had the focus may be hidden now.
  if (hadFocus?.hidden) byId(session ? "name" : "welcome").focus();
}

function showSession(session) {
  const { claims, subject } = session;
  const name = claims?.name ?? subject;
  document.title = `${name} · Keyward demo`;
  byId("name").textContent = name;
  byId("avatar").textContent = initialsOf(name);
  byId("email").textContent = claims?.email ?? "";
  byId("subject").textContent = subject;
  byId("sign-in-again").hidden = session.status !== "reauth_required";
  showClaims(claims);
  showLife(session);
}

function forgetSession() {
  stopLife();
  document.title = "Keyward demo";
  for (const id of ["name", "avatar", "email", "subject"]) byId(id).textContent = "";
  byId("api-result").replaceChildren();
  byId("api-result").hidden = true;
  showClaims(null);
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

function initialsOf(name) {
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  const initials = words.length > 1 ? [words[0], words.at(-1)] : words;
  return initials.map((word) => [...word][0].toUpperCase()).join("");
}
