// An access token's remaining life, as a bar that runs down: a large one for the account that is shown, a small one on
// each account's card.

const TICK = 250;
const NEAR_THE_END = 10_000;
const LONGEST_LIFE = 24 * 60 * 60 * 1000;
/** `iat` has whole seconds, and the answer was under way for a while. */
const JUST_NOW = 2000;

/** What is drawn at each tick, by who drew it. */
const drawings = new Map();
/** When each token ends and how long it lives, by account. */
const tokens = new Map();
let timer = null;

/** From now on `draw` is called with the life of this session's token, several times a second. */
export function follow(drawing, session, draw) {
  drawings.set(drawing, () => draw(lifeOf(session)));
  drawings.get(drawing)();
  timer ??= setInterval(() => drawings.forEach((each) => each()), TICK);
}

export function stopFollowing(drawing) {
  drawings.delete(drawing);
  if (drawings.size > 0) return;
  clearInterval(timer);
  timer = null;
}

/** Draws a bar: an element with a <span> in it. */
export function drawBar(bar, { share, phase }) {
  bar.firstElementChild.style.transform = `scaleX(${share})`;
  bar.dataset.phase = phase;
}

/** Lets a bar glow for a moment. */
export function glow(bar) {
  if (!bar || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const color = getComputedStyle(bar).getPropertyValue("--brand");
  bar.animate([{ boxShadow: `0 0 0 0 ${color}` }, { boxShadow: "0 0 0 10px transparent" }], 900);
}

function lifeOf(session) {
  const { expiresAt } = session;
  const lifetime = lifetimeOf(session);
  const remaining = expiresAt === null ? null : Math.max(expiresAt - Date.now(), 0);
  return {
    expiresAt,
    lifetime,
    remaining,
    share: remaining === null ? 1 : Math.min(remaining / lifetime, 1),
    phase: phaseOf(remaining, lifetime),
    ...inUnits(remaining),
    text: explain(remaining, session.status === "active"),
  };
}

/** Only the end of a token's life is known. The ID token that came with it says when it began; else it began now. */
function lifetimeOf({ provider, subject, claims, expiresAt }) {
  if (expiresAt === null) return null;
  const account = JSON.stringify([provider, subject]);
  if (tokens.get(account)?.expiresAt !== expiresAt) {
    const remaining = Math.max(expiresAt - Date.now(), 1);
    const sinceIssue = claims ? expiresAt - claims.iat * 1000 : remaining;
    const whole = sinceIssue > remaining + JUST_NOW && sinceIssue <= LONGEST_LIFE;
    tokens.set(account, { expiresAt, lifetime: whole ? sinceIssue : remaining });
  }
  return tokens.get(account).lifetime;
}

function phaseOf(remaining, lifetime) {
  if (remaining === null) return "unknown";
  if (remaining === 0) return "over";
  return remaining <= Math.min(NEAR_THE_END, lifetime / 3) ? "ending" : "running";
}

function explain(remaining, isRenewed) {
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
