// The access token's remaining life as a bar that runs down.

const TICK = 250;
const NEAR_THE_END = 10_000;
const LONGEST_LIFE = 24 * 60 * 60 * 1000;
/** `iat` has whole seconds, and the answer was under way for a while. */
const JUST_NOW = 2000;

const bar = document.getElementById("life");
const fill = bar.firstElementChild;

let expiresAt = null;
let lifetime = null;
let isRenewed = true;
let timer = null;

export function showLife(session) {
  if (session.expiresAt !== expiresAt) {
    expiresAt = session.expiresAt;
    lifetime = expiresAt === null ? null : lifetimeOf(session);
    bar.dataset.expiresAt = expiresAt ?? "";
  }
  isRenewed = session.status === "active";
  timer ??= setInterval(tick, TICK);
  tick();
}

export function stopLife() {
  clearInterval(timer);
  timer = null;
  expiresAt = null;
  bar.dataset.expiresAt = "";
}

/** Lets the bar glow for a moment. */
export function glow() {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  bar.animate([{ boxShadow: "0 0 0 0 var(--brass)" }, { boxShadow: "0 0 0 10px transparent" }], 900);
}

/** Only the end of a token's life is known. The ID token that came with it says when it began; else it began now. */
function lifetimeOf({ claims, expiresAt: end }) {
  const remaining = Math.max(end - Date.now(), 1);
  const sinceIssue = claims ? end - claims.iat * 1000 : remaining;
  return sinceIssue > remaining + JUST_NOW && sinceIssue <= LONGEST_LIFE ? sinceIssue : remaining;
}

function tick() {
  const remaining = expiresAt === null ? null : Math.max(expiresAt - Date.now(), 0);
  const share = remaining === null ? 1 : Math.min(remaining / lifetime, 1);
  fill.style.transform = `scaleX(${share})`;
  bar.dataset.phase = phaseOf(remaining);

  const { amount, unit } = inUnits(remaining);
  setText("life-seconds", amount);
  setText("life-unit", unit);
  setText("life-text", explain(remaining));
  bar.setAttribute("aria-valuemax", Math.round((lifetime ?? 1) / 1000));
  bar.setAttribute("aria-valuenow", Math.round((remaining ?? 1) / 1000));
  bar.setAttribute("aria-valuetext", remaining === null ? "lifetime unknown" : `${amount} ${unit} left`);
}

function phaseOf(remaining) {
  if (remaining === null) return "unknown";
  if (remaining === 0) return "over";
  return remaining <= Math.min(NEAR_THE_END, lifetime / 3) ? "ending" : "running";
}

function explain(remaining) {
  if (remaining === null) return "The provider does not say how long this token lives.";
  if (!isRenewed) return remaining === 0 ? "This token has ended." : "It serves to its end, and is not renewed any more.";
  if (remaining === 0) return "This token has ended. The next call fetches a new one, if the provider answers.";
  return "Renewed by itself, shortly before it ends.";
}

function inUnits(remaining) {
  if (remaining === null) return { amount: "?", unit: "" };
  const seconds = Math.ceil(remaining / 1000);
  if (seconds < 120) return { amount: String(seconds), unit: seconds === 1 ? "second" : "seconds" };
  return { amount: String(Math.ceil(seconds / 60)), unit: "minutes" };
}

function setText(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
}
