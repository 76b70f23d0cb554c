// Where the user meets the provider from within an extension: the browser's own window (identity.launchWebAuthFlow), or, where
// there is no such API or the redirect URI is a page, a tab that comes back to that page. One at a time: two flows at once fail in
// Chromium, and in Firefox both get the second one's answer.
//
// To the client (src/client/beside.rs) this is a popup or a hidden frame, so it has stored the transaction before anything opens.

import { AuthError } from "./errors.js";
import { api } from "./extension-api.js";

/** What the browser gives a flow that no user sees, a little less than the client does. */
const SILENT_TIMEOUT = 9_000;
/** A window that was closed from here ends its flow; should it not, the next one does not wait for it longer than this. */
const GRACE = 1_000;
/** Hosts that belong to the browsers: each extension has one of its own there. */
const GIVEN = /^https:\/\/[\w-]+\.(chromiumapp\.org|extensions\.allizom\.org)(\/|$)/;

/** The address that the browser gives this extension for its flows; null where there is no such API. */
export function given() {
  const { identity } = api();
  return identity?.launchWebAuthFlow ? identity.getRedirectURL() : null;
}

/** Refuses what could never come back, and says what the provider has to know. */
export function check(redirectUri, member) {
  const ours = given();
  const wrong = (message) => new AuthError(`${member}: ${message}`, { code: "invalid_config" });
  if (redirectUri === undefined) {
    if (ours) return;
    const { permissions = [] } = api().runtime.getManifest();
    const page = api().runtime.getURL("callback.html");
    throw permissions.includes("identity")
      ? wrong(
          'this browser has no identity API, so a tab is used: say which page it comes back to, such as ' +
            `chrome.runtime.getURL("callback.html"), here ${page}, and register that at the provider`,
        )
      : wrong('the manifest lacks "identity" in permissions; without it, a page to come back to in a tab is needed here');
  }
  if (typeof redirectUri !== "string" || (ours && redirectUri.startsWith(ours))) return;
  if (GIVEN.test(redirectUri)) {
    throw wrong(
      `is another extension's. This one's is ${ours ?? "not given, for want of the identity API"}: register that at the provider` +
        ' (a "key" in the manifest, or browser_specific_settings.gecko.id, keeps it the same on every machine)',
    );
  }
  if (!api().tabs) throw wrong("without the identity API a tab has to come back there, and there is no tabs API");
}

/** The flow before, whoever began it. */
let last = Promise.resolve();

export class Flows {
  /** Who waits for a tab to come back, by `state`. */
  #waiting = new Map();
  /** Which addresses a tab may come back to. */
  #pages;

  constructor(redirectUris) {
    this.#pages = redirectUris.filter((uri) => !isGiven(uri));
  }

  get useTabs() {
    return this.#pages.length > 0;
  }

  /** For `openPopup` and `openFrame` of the page that the client sees. `back` is where the flow leads. */
  open(isSilent, back, call = {}) {
    const opened = { isSilent, back, call, isClosed: false };
    opened.closed = new Promise((resolve) => (opened.close = () => resolve((opened.isClosed = true))));
    return opened;
  }

  /** The URL of the response; null if there is none, with the reason in `opened.call.failure`. */
  async visit(opened, url, state) {
    const before = last;
    const mine = before.then(() => (opened.isClosed ? null : this.#run(opened, url, state)));
    const over = () => new Promise((resolve) => setTimeout(resolve, GRACE));
    last = Promise.race([mine, Promise.all([before, opened.closed]).then(over)]).then(() => {}, () => {});
    try {
      return await Promise.race([mine, opened.closed.then(() => null)]);
    } catch (cause) {
      opened.call.failure = failure(cause);
      return null;
    }
  }

  /** A logout at the provider: its page leads back by itself, or waits for the user. */
  leave(url, back, limit) {
    const opened = this.open(false, back);
    const timer = setTimeout(opened.close, limit);
    return this.visit(opened, url, new URL(url).searchParams.get("state")).finally(() => {
      clearTimeout(timer);
      opened.close();
    });
  }

  /** A tab is at this address: true if it is one that flows come back to. */
  isReturn(url) {
    const bare = url.replace(/[?#].*/s, "");
    return this.#pages.some((page) => page.replace(/[?#].*/s, "") === bare) && new URL(url).searchParams.has("state");
  }

  /** The response came; false if nobody waits for it, as in a worker that was killed meanwhile. */
  arrived(url) {
    const state = new URL(url).searchParams.get("state");
    const waiting = this.#waiting.get(state);
    waiting?.(url);
    return Boolean(waiting);
  }

  #run(opened, url, state) {
    const isInWindow = opened.back === undefined || isGiven(opened.back);
    return isInWindow ? this.#inWindow(opened, url) : this.#inTab(opened, url, state);
  }

  async #inWindow(opened, url) {
    const { identity, runtime, windows } = api();
    if (runtime.getBrowserInfo && new URL(url).searchParams.has("request_uri")) {
      const message = "par: Firefox asks for the provider's page twice, and a pushed request is good for once. A redirectUri of a " +
        "page of yours lets a tab ask";
      throw new AuthError(message, { code: "unsupported" });
    }
    let shown = null;
    const isShown = ({ id, type }) => type === "popup" && (shown ??= id);
    windows?.onCreated.addListener(isShown);
    opened.closed.then(() => shown !== null && windows.remove(shown).catch(() => {}));
    try {
      return await flow(identity, { url, interactive: !opened.isSilent });
    } finally {
      windows?.onCreated.removeListener(isShown);
      shown = null;
    }
  }

  async #inTab(opened, url, state) {
    const { tabs } = api();
    if (opened.isSilent) throw new AuthError("without the identity API nothing can be asked in silence", { code: "unsupported" });
    const { id } = await tabs.create({ url });
    const response = new Promise((resolve) => {
      this.#waiting.set(state, resolve);
      const removed = (tab) => tab === id && resolve(null);
      tabs.onRemoved.addListener(removed);
      opened.closed.then(() => {
        tabs.onRemoved.removeListener(removed);
        this.#waiting.delete(state);
        tabs.remove(id).catch(() => {});
        resolve(null);
      });
    });
    const answer = await response;
    if (answer === null && !opened.isClosed) throw new Error("the tab was closed");
    return answer;
  }
}

const isGiven = (uri) => {
  const ours = given();
  return ours !== null && uri.startsWith(ours);
};

/** Firefox knows fewer options, and refuses what it does not know. */
async function flow(identity, details) {
  if (details.interactive) return identity.launchWebAuthFlow(details);
  try {
    const more = { abortOnLoadForNonInteractive: false, timeoutMsForNonInteractive: SILENT_TIMEOUT };
    return await identity.launchWebAuthFlow({ ...details, ...more });
  } catch (cause) {
    if (!/unexpected property/i.test(cause?.message)) throw cause;
    return identity.launchWebAuthFlow(details);
  }
}

/** Browsers say in words only what became of a flow. */
function failure(cause) {
  if (cause instanceof AuthError) return cause;
  const words = String(cause?.message ?? cause);
  const error = (message, code, retryable = false) => new AuthError(`${message} (the browser: ${words})`, { code, retryable, cause });
  if (/interaction/i.test(words)) return error("the provider wants to see the user", "interaction_required");
  if (/could not be loaded|network/i.test(words)) return error("the provider's page could not be loaded", "network", true);
  if (/redirect/i.test(words)) return error(`redirectUri: is not this extension's, which is ${given()}`, "invalid_config");
  if (/not approve|cancel|denied|closed/i.test(words)) {
    const hint = `had the provider complained of the redirect URI, register exactly ${given() ?? "the configured one"} there`;
    return error(`the user closed the window; ${hint}`, "popup_closed");
  }
  return error("the browser could not show the provider's page", "authorization_failed");
}
