// The accounts side by side: one card each, with a bar of its own. Which of them the page shows is the page's business:
// Keyward keeps them all signed in, and a call says whose token it wants.

import { drawBar, follow, glow, stopFollowing } from "./life.js";
import { initialsOf, nameOf } from "./words.js";

/** A reload shows the same account. Each tab has its own. */
const REMEMBERED = "keyward-demo-account";

const list = document.getElementById("accounts");
const cards = new Map();
let selected = sessionStorage.getItem(REMEMBERED);

/** Keyward's AccountSelector for a session. */
export const selectorOf = ({ provider, subject }) => ({ provider, subject });

const keyOf = (session) => JSON.stringify([session.provider, session.subject]);

/** The session that the page shows: the chosen one, or the one that was signed in to last. */
export function chosen(state) {
  return state.sessions.find((session) => keyOf(session) === selected) ?? state.session;
}

export function choose(session) {
  selected = keyOf(session);
  sessionStorage.setItem(REMEMBERED, selected);
}

/** In the order in which people and providers were met; Keyward's list has the newest first. */
export function showAccounts(state, providers, onChoose) {
  const shown = chosen(state);
  const known = new Set(state.sessions.map(keyOf));
  for (const key of [...cards.keys()].filter((each) => !known.has(each))) {
    stopFollowing(cards.get(key));
    cards.get(key).remove();
    cards.delete(key);
  }
  for (const session of [...state.sessions].reverse()) {
    const key = keyOf(session);
    if (!cards.has(key)) {
      cards.set(key, createCard());
      list.append(cards.get(key));
    }
    showCard(cards.get(key), session, providers[session.provider].name, session === shown);
    cards.get(key).firstElementChild.onclick = () => {
      choose(session);
      onChoose();
    };
  }
}

/** The bars of that account: on its card, and the large one if it is shown. */
export function glowFor(session) {
  const card = cards.get(keyOf(session));
  glow(card?.querySelector(".bar"));
  if (card?.firstElementChild.ariaCurrent === "true") glow(document.getElementById("life"));
}

function createCard() {
  const card = document.createElement("li");
  card.innerHTML = `
    <button type="button" class="account">
      <span class="avatar" aria-hidden="true"></span>
      <span class="who"><strong></strong><span class="house"></span></span>
      <span class="seconds" aria-hidden="true"></span>
      <span class="bar" aria-hidden="true"><span></span></span>
    </button>`;
  return card;
}

function showCard(card, session, providerName, isShown) {
  const part = (selector) => card.querySelector(selector);
  const name = nameOf(session);
  const button = card.firstElementChild;
  button.ariaCurrent = String(isShown);
  Object.assign(button.dataset, { provider: session.provider, subject: session.subject, status: session.status });
  part(".avatar").textContent = initialsOf(name);
  part("strong").textContent = name;
  part(".house").textContent = session.status === "active" ? providerName : `${providerName} · sign in again`;
  follow(card, session, (life) => {
    drawBar(part(".bar"), life);
    part(".seconds").textContent = life.remaining === null ? "" : life.unit === "minutes" ? `${life.amount} min` : `${life.amount} s`;
  });
}
