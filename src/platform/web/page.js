// The page around the module: its address, and the windows beside it. In JavaScript because a page whose client runs in
// a worker has no module, and needs the same (pkg/vault.js).
//
// A window for a sign-in comes back to a page of this origin, which has lost sight of this one where a
// Cross-Origin-Opener-Policy cut them apart: so it leaves the response's URL in localStorage, in the place of a mark that
// says who waits, and tells a channel that it is there. Only the `state` travels on the channel, never the code. The
// other side is `relay` and, for pages that load nothing else, pkg/callback.js.

const CHANNEL = "keyward:response";
const placeOf = (state) => `keyward:response:${state}`;
const receiptOf = (state) => `received:${state}`;

/** How often a window is looked at. */
const TICK = 250;
/**
 * A window that seems closed, while the person is back on this page for so long, will bring nothing any more: if the
 * person was seen to leave this page before, if not, and if this page's own policy makes every window seem closed.
 */
const PATIENCE = { seenLeaving: 1500, unseen: 4000, cutOff: 60_000 };
/** How often a window looks whether what it left was taken: the other page's machine may be busy for ten seconds. */
const LOOKS = 40;

/**
 * The browser's own function, where zone.js (Angular) has put another in its place: that one counts what waits, and an
 * app that waits for a person would not be stable meanwhile.
 */
export const unzoned = (name) => globalThis[globalThis.Zone?.__symbol__?.(name)] ?? globalThis[name];

export const page = {
  /** Undefined in a worker: it has a location, but no page. */
  get url() {
    return typeof document === "undefined" ? undefined : location.href;
  },

  /**
   * What all routes of the app have in common: the document's base, if it says one of this origin, else the origin's root.
   * Without query and fragment.
   */
  get home() {
    if (typeof document === "undefined") return undefined;
    try {
      return bare(base() ?? new URL("/", location.href).href);
    } catch {
      // A page without an origin of its own, like that of a frame's `srcdoc`.
      return undefined;
    }
  },

  /** Unless the address has changed meanwhile. Keeps the state that a router may have in the entry. */
  replaceUrl(from, to) {
    if (location.href !== new URL(from, location.href).href) return;
    history.replaceState(history.state, "", to);
  },

  /** The state, if the way leads back, is left at the mark for the next page of this tab (pkg/response.js). */
  navigate(url, mark, state) {
    if (typeof document === "undefined" || !isWeb(url)) return false;
    if (state) leave(mark, state);
    location.assign(url);
    return true;
  },

  /**
   * Leaves the page by a form's POST. The fields come encoded, as for a query. A policy whose form-action forbids it stops it
   * without a word to whoever submits: then the page leaves for the other URL.
   */
  submit(url, fields, otherwise) {
    if (typeof document === "undefined" || !isWeb(url)) return false;
    document.addEventListener("securitypolicyviolation", function stopped({ effectiveDirective }) {
      if (effectiveDirective !== "form-action") return;
      document.removeEventListener("securitypolicyviolation", stopped);
      page.navigate(otherwise);
    });
    const form = document.createElement("form");
    const attributes = { method: "post", action: url, "accept-charset": "utf-8", hidden: "" };
    for (const [name, value] of Object.entries(attributes)) form.setAttribute(name, value);
    for (const [name, value] of new URLSearchParams(fields)) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.documentElement.append(form);
    // A field may have the name of a method.
    HTMLFormElement.prototype.submit.call(form);
    // The browser has what it sends, and a page that it keeps for the back button has no token in it.
    form.remove();
    return true;
  },

  /** Ready when the browser shows this very page again, after `navigate`: it kept the page. */
  back: () => returned,

  unmark: (mark) => void storedHere((storage) => storage.removeItem(mark)),

  openFrame() {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "sign-in";
    document.body.append(frame);
    return { window: frame.contentWindow, isFrame: true, close: () => frame.remove() };
  },

  close(opened) {
    opened.ended?.(null);
    opened.close();
  },

  /** The URL of the response with that state; null if the person closed the window, or `close` did. */
  visit(opened, url, state) {
    return new Promise((resolve) => {
      const place = placeOf(state);
      stored((storage) => storage.setItem(place, ""));
      const listening = new AbortController();
      const channel = openChannel();
      const timer = unzoned("setInterval")(() => look(), TICK);

      opened.ended = (response) => {
        opened.ended = null;
        clearInterval(timer);
        listening.abort();
        stored((storage) => storage.removeItem(place));
        if (response) channel?.postMessage(receiptOf(state));
        channel?.close();
        resolve(response);
      };
      const found = (response) => response && opened.ended?.(response);
      // What was left may be visible a little later than it was announced, so it is looked for now and then, too.
      const look = () => {
        found(stored((storage) => storage.getItem(place)));
        watch();
      };
      const watch = abandonment(opened, listening.signal);

      if (channel) channel.onmessage = ({ data }) => data === state && look();
      const listen = (type, hear) => addEventListener(type, hear, { signal: listening.signal });
      listen("storage", (event) => event.key === place && found(event.newValue));
      listen("message", ({ origin, source, data }) => {
        if (origin === location.origin && source === opened.window) found(data?.[place]);
      });
      if (isWeb(url)) opened.window.location.replace(url);
      else opened.ended(null);
    });
  },

  /** Whether another page waits for the response with that state. */
  isAwaited: (state) => stored((storage) => storage.getItem(placeOf(state))) === "",

  /** Hands the response over to the page that waits for it, and closes this window. */
  relay(state, url) {
    return new Promise((resolve) => {
      const place = placeOf(state);
      const channel = openChannel();
      const end = () => {
        clearInterval(timer);
        channel?.close();
        stored((storage) => storage.removeItem(place));
        resolve();
        close();
      };
      let looks = 0;
      // A receipt that overtakes this channel on its way to being connected is lost. That the response was taken from
      // its place says the same.
      const isTaken = () => stored((storage) => storage.getItem(place)) === null;
      const timer = unzoned("setInterval")(() => (isTaken() || ++looks === LOOKS) && end(), TICK);
      if (channel) channel.onmessage = ({ data }) => data === receiptOf(state) && end();
      stored((storage) => storage.setItem(place, url));
      channel?.postMessage(state);
      for (const other of [window.opener, window.parent]) {
        if (other && other !== window) other.postMessage({ [place]: url }, location.origin);
      }
    });
  },
};

const bare = (url) => url.replace(/[?#].*/s, "");

/** What the document's `base` comes to. A policy may forbid it: then addresses are based on the route. */
function base() {
  const element = document.querySelector("base[href]");
  if (!element?.getAttribute("href")) return null;
  const uri = document.baseURI;
  const { protocol, host } = new URL(uri);
  const counts = bare(uri) !== bare(location.href) || bare(element.href) === bare(uri);
  return counts && protocol === location.protocol && host === location.host ? uri : null;
}

/** Whatever an endpoint says: a `javascript:` URL would run. */
const isWeb = (url) => /^https?:\/\//.test(url);

const openChannel = () => (typeof BroadcastChannel === "function" ? new BroadcastChannel(CHANNEL) : null);

let returned;

function leave(mark, state) {
  storedHere((storage) => storage.setItem(mark, state));
  returned = new Promise((resolve) => {
    const shown = ({ persisted }) => {
      if (!persisted) return;
      removeEventListener("pageshow", shown);
      page.unmark(mark);
      resolve();
    };
    addEventListener("pageshow", shown);
  });
}

const stored = (work) => within(() => work(localStorage));
const storedHere = (work) => within(() => work(sessionStorage));

/** Storage may be blocked. */
function within(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

/**
 * To be called at every tick: ends the visit when the window was closed. One that was cut off looks closed, too, so that
 * alone says nothing: but a person who has closed it is back here.
 */
function abandonment(opened, signal) {
  let seenLeaving = false;
  let cutOff;
  let backFor = 0;
  addEventListener("blur", () => (seenLeaving = true), { signal });
  return () => {
    const back = !opened.isFrame && opened.window.closed && document.hasFocus();
    backFor = back ? backFor + TICK : 0;
    if (back && !seenLeaving) cutOff ??= hasOpenerPolicy().then((answer) => (cutOff = answer), () => (cutOff = false));
    const patience = seenLeaving ? PATIENCE.seenLeaving : cutOff ? PATIENCE.cutOff : PATIENCE.unseen;
    if (backFor >= patience) opened.ended?.(null);
  };
}

/** A page cannot see its own policy, but it can ask for its own headers. */
async function hasOpenerPolicy() {
  const { headers } = await fetch(location.href, { method: "HEAD" });
  return (headers.get("Cross-Origin-Opener-Policy") ?? "unsafe-none") !== "unsafe-none";
}
