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

if (state && (left === "" || (left === null && others.length))) relay();
else end("Nobody waits for this sign-in any more. Go back to the app and sign in there.");

function relay() {
  const channel = new BroadcastChannel("keyward:response");
  const timer = setTimeout(() => {
    stored((storage) => storage.removeItem(place));
    end("The app did not answer. Go back to it and sign in there.");
  }, 2000);
  channel.onmessage = ({ data }) => {
    if (data !== `received:${state}`) return;
    clearTimeout(timer);
    channel.close();
    end("You can close this window.");
    close();
  };
  if (left === "") stored((storage) => storage.setItem(place, href));
  channel.postMessage(state);
  for (const other of others) other.postMessage({ [place]: href }, origin);
}

/** For a window that the browser does not let a script close. The page's own words come first. */
function end(text) {
  if (!document.body.childElementCount) document.body.textContent = text;
}
