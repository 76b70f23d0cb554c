// The log: each of Keyward's events becomes a line, the newest first.

import { glow } from "./life.js";
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
const counts = { local: 0, other_context: 0 };

export function recordEvents(auth) {
  for (const type of EVENT_TYPES) {
    auth.on(type, (event) => record(type, event.origin ?? "local", eventInWords(type, event)));
  }
  auth.on("tokenRefreshed", ({ origin }) => {
    glow();
    counts[origin] += 1;
    document.getElementById("count-local").textContent = counts.local;
    document.getElementById("count-other").textContent = counts.other_context;
  });
}

/** Adds a line; `origin` is "local" or "other_context", as in Keyward's events. */
export function record(type, origin, text) {
  const now = new Date();
  const time = document.createElement("time");
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  const line = document.createElement("li");
  line.dataset.type = type;
  line.dataset.origin = origin;
  line.append(time, " ", text);
  if (origin === "other_context") line.append(" ", badge("other tab"));
  list.prepend(line);
  list.children[MOST_LINES]?.remove();
  document.getElementById("events-empty").hidden = true;
}

function badge(text) {
  const element = document.createElement("span");
  element.className = "badge";
  element.textContent = text;
  return element;
}
