// The log: each of Keyward's events becomes a line, the newest first.

import { glowFor } from "./accounts.js";
import { eventInWords } from "./words.js";

const MOST_LINES = 60;
const EVENT_TYPES = [
  "signedIn",
  "signedOut",
  "tokenRefreshed",
  "refreshFailed",
  "reauthRequired",
  "signInFailed",
  "storageDegraded",
];

const list = document.getElementById("events");
/** How often each account's token was renewed here, and taken over from another tab. */
const counts = new Map();

export function recordEvents(auth, providers) {
  for (const type of EVENT_TYPES) {
    auth.on(type, (event) => {
      const provider = event.session?.provider ?? event.provider ?? null;
      record(type, event.origin ?? "local", eventInWords(type, event), provider && { id: provider, ...providers[provider] });
    });
  }
  auth.on("tokenRefreshed", ({ origin, session }) => {
    glowFor(session);
    renewalsOf(session)[origin] += 1;
  });
}

export function renewalsOf({ provider, subject }) {
  const account = JSON.stringify([provider, subject]);
  if (!counts.has(account)) counts.set(account, { local: 0, other_context: 0 });
  return counts.get(account);
}

/** Adds a line; `origin` is "local" or "other_context", as in Keyward's events; `provider` has `{ id, name }`, or is null. */
export function record(type, origin, text, provider = null) {
  const now = new Date();
  const time = document.createElement("time");
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  const line = document.createElement("li");
  line.dataset.type = type;
  line.dataset.origin = origin;
  line.append(time, " ", text);
  if (provider) {
    line.dataset.provider = provider.id;
    line.append(" ", small("house", provider.name));
  }
  if (origin === "other_context") line.append(" ", small("badge", "other tab"));
  list.prepend(line);
  list.children[MOST_LINES]?.remove();
  document.getElementById("events-empty").hidden = true;
}

function small(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
