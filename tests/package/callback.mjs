// Runs in a project that installed the package: the callback page, with a few globals for a browser. It shows what a
// browser does only now and then: the receipt of a page in another process overtakes the channel on its way to being
// connected, and is lost. Then the window closes all the same, and one that nobody answers stays and says so.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const script = createRequire(import.meta.url).resolve("keyward/package.json").replace(/package\.json$/, "callback.js");
const STATE = "the-state";
const PLACE = `keyward:response:${STATE}`;
const HREF = `https://app.example/callback?code=the-code&state=${STATE}`;

/** Loads the page, lets it look `looks` times, and says what became of it. `app` is the other page, told what was announced. */
async function land(mark, app, looks) {
  const stored = new Map(mark === null ? [] : [[PLACE, mark]]);
  const page = { stored, closed: false, text: "", url: HREF, announced: [], receive: null };
  const timers = new Set();
  const window = { opener: null };
  window.parent = window;
  const body = { childElementCount: 0, set textContent(text) { page.text = text; } };
  Object.assign(globalThis, {
    window,
    location: { href: HREF, origin: "https://app.example" },
    history: { state: null, replaceState: (_state, _unused, url) => { page.url = String(url); } },
    localStorage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
    document: { body },
    close: () => { page.closed = true; },
    setInterval: (look) => { timers.add(look); return look; },
    clearInterval: (look) => timers.delete(look),
    BroadcastChannel: class {
      set onmessage(receive) { page.receive = (data) => receive({ data }); }
      postMessage(data) { page.announced.push(data); app?.(page); }
      close() { page.receive = null; }
    },
  });
  await import(`${pathToFileURL(script)}?${Math.random()}`);
  for (let look = 0; look < looks; look += 1) for (const timer of timers) timer();
  assert.ok(!page.url.includes("the-code"), "the code is in the address bar");
  return { ...page, waits: timers.size > 0 };
}

// The app takes the response and says so.
const answered = await land("", ({ stored, receive }) => {
  assert.equal(stored.get(PLACE), HREF);
  stored.delete(PLACE);
  receive(`received:${STATE}`);
}, 0);
assert.deepEqual([answered.closed, answered.waits, answered.announced], [true, false, [STATE]]);

// The receipt is lost.
const overtaken = await land("", ({ stored }) => stored.delete(PLACE), 1);
assert.deepEqual([overtaken.closed, overtaken.waits, overtaken.text], [true, false, "You can close this window."]);

// Nobody answers: not after nine seconds, and after ten the response is not left lying about.
const patient = await land("", null, 36);
assert.deepEqual([patient.closed, patient.waits, patient.stored.get(PLACE)], [false, true, HREF]);
const unanswered = await land("", null, 40);
assert.deepEqual([unanswered.closed, unanswered.waits, unanswered.stored.size], [false, false, 0]);
assert.match(unanswered.text, /did not answer/);

// Nobody waits.
const late = await land(null, null, 0);
assert.deepEqual([late.closed, late.announced], [false, []]);
assert.match(late.text, /Nobody waits/);
