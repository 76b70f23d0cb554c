// The page that a popup or a hidden frame comes back to: hands the authorization response over to the page that waits
// for it, and closes the window. No WebAssembly: it is all that such a page has to load. The code never travels on the
// channel, only the state does; src/platform/web/page.js has the other side.

const { href, origin } = location;
const url = new URL(href);
const state = url.searchParams.get("state");
for (const name of ["code", "state", "iss", "error", "error_description", "error_uri", "session_state"]) {
  url.searchParams.delete(name);
}
history.replaceState(history.state, "", url);

/** Where the response is left. It holds an empty text while somebody waits, and is gone when nobody does any more. */
const place = `keyward:response:${state}`;
const others = [window.opener, window.parent].filter((other) => other && other !== window);

// Storage may be blocked: then a page that can see this one still hears the message.
const stored = (work) => {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
};
const left = stored((storage) => storage.getItem(place));

/** How often this page looks whether the response was taken, until it gives up: a machine may be busy for ten seconds. */
const PATIENCE = 40;

if (state && (left === "" || (left === null && others.length))) relay();
else end("Nobody waits for this sign-in any more. Go back to the app and sign in there.");

function relay() {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel("keyward:response");
  const leave = (text) => {
    clearInterval(timer);
    channel?.close();
    end(text);
  };
  const received = () => {
    leave("You can close this window.");
    close();
  };
  let looks = 0;
  const timer = setInterval(() => {
    // A receipt that overtakes this channel on its way to being connected is lost. That the response was taken from its
    // place says the same.
    if (left === "" && stored((storage) => storage.getItem(place)) === null) received();
    else if (++looks === PATIENCE) {
      stored((storage) => storage.removeItem(place));
      leave("The app did not answer. Go back to it and sign in there.");
    }
  }, 250);
  if (channel) channel.onmessage = ({ data }) => data === `received:${state}` && received();
  if (left === "") stored((storage) => storage.setItem(place, href));
  channel?.postMessage(state);
  for (const other of others) other.postMessage({ [place]: href }, origin);
}

/** For a window that the browser does not let a script close. The page's own words come first. */
function end(text) {
  if (!document.body.childElementCount) document.body.textContent = text;
}
