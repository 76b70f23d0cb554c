// The authorization response in the page's address, taken in the first step of `init`, before anything is awaited: a router
// that navigates while the module is on its way loses nothing. What it means is for the module to say. A response to the
// sign-in that this tab has left for is known by the mark that the tab left behind (page.js, `navigate`), and so is one
// that another page waits for: these leave the address at once. Of any other it is not clear yet whose it is, so the
// address stays as it is until the module has found the transaction.

import { namespaceOf } from "./config.js";

/** What a response consists of: src/protocol/callback.rs has the same list. */
const PARAMETERS = ["code", "state", "iss", "error", "error_description", "error_uri", "session_state"];

/** What the name of a mark ends with, after its namespace: src/platform/web/mod.rs has the same. */
const MARK = ":leaving";

/** The latest response that this page was at. */
let met = null;

/**
 * The response that the client of this configuration is to judge: `url` as it came, `shown` as the address is now. Null if
 * there is none, or if it is another client's.
 */
export function meet(config) {
  if (typeof document === "undefined") return null;
  const url = location.href;
  const namespace = namespaceOf(config);
  const states = new URL(url).searchParams.getAll("state");
  const owner = markedBy(namespace, states[0]);
  if (url !== met?.shown && isResponse(url)) {
    const awaited = states.find(isAwaited) ?? null;
    met = { url, shown: url, owner, awaited, answers: [] };
  }
  if (!met) return null;
  const certain = met.owner === namespace || met.awaited !== null;
  if (certain && url === met.url && config?.handleRedirect !== false) {
    try {
      history.replaceState(history.state, "", cleaned(url));
    } catch {
      // Browsers bound how often. The module tries again.
    }
    met.shown = location.href;
  }
  return (met.owner ?? namespace) === namespace ? met : null;
}

export const isResponse = (url) => ["code", "error", "state"].some((name) => new URL(url).searchParams.has(name));

/** The namespace of the client with which this tab left for that state. What this namespace's client left for is over. */
function markedBy(namespace, state) {
  try {
    const marks = Object.keys(sessionStorage).filter((name) => name.endsWith(MARK));
    const mark = marks.find((name) => sessionStorage.getItem(name) === state);
    sessionStorage.removeItem(namespace + MARK);
    return mark?.slice(0, -MARK.length) ?? null;
  } catch {
    // Blocked.
    return null;
  }
}

/** Whether another page waits for the response with that state (page.js, `visit`). */
function isAwaited(state) {
  try {
    return localStorage.getItem(`keyward:response:${state}`) === "";
  } catch {
    return false;
  }
}

/** Without the response; every other octet stays as it is. */
function cleaned(url) {
  const [, target, query, fragment] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(url);
  const others = query.split("&").filter((pair) => !PARAMETERS.includes([...new URLSearchParams(pair).keys()][0]));
  return target + (others.length ? `?${others.join("&")}` : "") + fragment;
}
