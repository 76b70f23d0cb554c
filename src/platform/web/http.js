// One request to a provider through `fetch`, for the module (http.rs).

import { unzoned } from "./page.js";

/** What it rejects with, beside "network" for everything else. The first is the reason of the abort, too. */
const TIMEOUT = "timeout";
const CORS = "cors";
const UNREADABLE = "unreadable";

/**
 * Firefox cuts a page's requests off when the page begins to be left, and says `pagehide` when the next one is there. A
 * failure in between says nothing about the provider, and is kept back for as long as that may take.
 */
const LEAVING = 5_000;

/** By URL, whether answers from there are kept from this page: asked once, and known to be not so after any answer. */
const kept = new Map();

/** `timeout` covers the body, too, which has `most` octets. Whoever aborts the controller ends the request. */
export async function send(url, headers, form, keepalive, timeout, most, controller) {
  const { signal } = controller;
  const timer = unzoned("setTimeout")(() => controller.abort(TIMEOUT), timeout);
  let isLeaving = false;
  const leave = () => (isLeaving = true);
  // Not for longer than the request: some browsers keep no page for the back button that listens to this.
  addEventListener("beforeunload", leave);
  try {
    return await exchange(url, headers, form, keepalive, most, signal);
  } catch (cause) {
    if (isLeaving) await new Promise((resolve) => unzoned("setTimeout")(resolve, LEAVING));
    if (cause === CORS || cause === UNREADABLE) throw cause;
    throw signal.reason === TIMEOUT ? TIMEOUT : "network";
  } finally {
    unzoned("clearTimeout")(timer);
    removeEventListener("beforeunload", leave);
  }
}

async function exchange(url, headers, form, keepalive, most, signal) {
  const isPost = form !== undefined;
  const plain = { signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
  let answer;
  try {
    answer = await fetch(url, {
      ...plain,
      method: isPost ? "POST" : "GET",
      headers: {
        Accept: "application/json",
        ...(isPost && { "Content-Type": "application/x-www-form-urlencoded" }),
        ...Object.fromEntries(headers),
      },
      body: form,
      redirect: "error",
      keepalive,
    });
  } catch (cause) {
    throw !keepalive && (await isKept(url, plain)) ? CORS : cause;
  }
  kept.set(url, false);
  const header = (name) => answer.headers.get(name);
  const named = ["content-type", "retry-after", "dpop-nonce", "www-authenticate"].map(header);
  return [answer.status, Date.parse(header("date")), ...named, await text(answer.body, most)];
}

/**
 * To a page, a refusal by CORS looks like a broken network. A request whose answer nobody is to see tells them apart: it is
 * a plain one to the same address, with nothing of the other in it. Fetch allows such a request no other way with redirects
 * than to follow them, so a redirect to somebody who answers passes for a refusal.
 */
async function isKept(url, plain) {
  if (navigator.onLine === false || plain.signal.aborted) return false;
  if (!kept.has(url)) {
    kept.set(url, false);
    await fetch(url, { ...plain, mode: "no-cors" }).then(
      () => kept.set(url, true),
      () => {},
    );
  }
  return kept.get(url);
}

/**
 * Piece by piece, so that an endless body is left at the bound. As `Response.json()` decodes (Fetch Standard, "UTF-8
 * decode"): a byte order mark at the start is none of the text, and an octet that is no UTF-8 costs one character.
 */
async function text(stream, most) {
  const decoder = new TextDecoder();
  const reader = stream?.getReader();
  let text = "";
  let length = 0;
  for (;;) {
    const piece = (await reader?.read())?.value;
    if (!piece) return text + decoder.decode();
    length += piece.length;
    if (length > most) throw UNREADABLE;
    text += decoder.decode(piece, { stream: true });
  }
}
