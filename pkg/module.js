// The way of the WebAssembly module into this page begins here: when it is fetched. What becomes of it is in load.js, which
// comes beside it.

/** The smallest module there is: where it does not run, none does. */
export const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** The response that the module comes in, once that has begun. */
let coming = null;

export const isAddress = (source) => typeof source === "string" || source instanceof URL;

/** Bundlers look for exactly this expression, and emit the file that it names. */
export const addressOf = (wasm) => wasm?.source ?? new URL("./wasm/keyward_bg.wasm", import.meta.url);

/** Begins to fetch the module, without waiting for anything; the promise of its response, or null where it is not fetched. */
export function fetchOnce(wasm, isUrgent = true) {
  const isFetched = wasm?.source === undefined || isAddress(wasm.source);
  if (!coming && globalThis.WebAssembly && isFetched) {
    coming = fetch(addressOf(wasm), isUrgent ? {} : { priority: "low" });
    // What fails is for those to say who wait for it.
    coming.catch(forget);
  }
  return coming;
}

/** The next call fetches it again. */
export function forget() {
  coming = null;
}

/** When the page has loaded and has nothing better to do, but no later than after so long. */
export function whenIdle(begin, atMost) {
  const idle = () => (globalThis.requestIdleCallback ? requestIdleCallback(begin, { timeout: 2000 }) : wait(begin, 50));
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle, { once: true });
  if (atMost < 2 ** 31) wait(begin, atMost);
}

/** By the browser's own timer: zone.js (Angular) counts those that wait, and the app would not be stable meanwhile. */
export function wait(begin, delay) {
  const own = globalThis[globalThis.Zone?.__symbol__?.("setTimeout")] ?? setTimeout;
  own(begin, delay);
}
