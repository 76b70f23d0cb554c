// Events and errors in words for a person. The codes are Keyward's own (AuthErrorCode).

const ERRORS = {
  access_denied: ["Sign-in cancelled", "You cancelled at the provider, or it refused. Nothing has changed here."],
  invalid_state: [
    "This sign-in has expired",
    "It began too long ago, was finished already, or began in another browser. Please sign in again.",
  ],
  discovery_failed: ["The provider does not answer", "Its settings could not be read. Is the local provider running?"],
  network: ["The provider cannot be reached", "Is the local provider running, and are you online?"],
  timeout: ["The provider takes too long", "It did not answer in time. Please try again."],
  temporarily_unavailable: ["The provider is busy", "It asks to be tried again later."],
  reauth_required: ["Your session has ended", "The provider ended it. Sign in again to go on."],
  no_refresh_token: ["The token has ended", "The provider gave nothing to renew it with. Sign in again to go on."],
  login_required: ["Nobody is signed in", "Sign in first."],
  subject_mismatch: ["A different person came back", "The provider answered for somebody else, so the session was ended."],
  issuer_mismatch: ["This answer came from somebody else", "It names another provider, so it was refused."],
  invalid_id_token: ["The ID token was refused", "It did not pass the checks, so nobody was signed in."],
  storage: ["This browser does not let the page store anything", "You stay signed in until this page is closed."],
  wasm_blocked: ["WebAssembly is blocked", "The page's content security policy does not allow it."],
  unsupported: ["Not available", "This browser, or this version of Keyward, cannot do that."],
};

export function errorInWords(error) {
  const code = typeof error?.code === "string" ? error.code : null;
  const [title, text] = ERRORS[code] ?? ["That did not work", ""];
  // Keyward's messages are for developers, who are the people that look at a demo.
  const sentences = [text, error?.message].filter(Boolean);
  return { title, text: sentences.join(" "), code };
}

export function eventInWords(type, event) {
  switch (type) {
    case "signedIn":
      return `Signed in as ${nameOf(event.session)}.`;
    case "signedOut":
      return `Signed ${event.subject} out${event.reason === "storage_cleared" ? ": the browser's storage was cleared" : ""}.`;
    case "tokenRefreshed":
      return `${event.origin === "local" ? "Fetched" : "Took over"} a new access token for ${nameOf(event.session)}.`;
    case "refreshFailed":
      return `Could not renew the token of ${nameOf(event.session)} (${event.error.code}). ${nextAttempt(event.retryAt)}`;
    case "reauthRequired":
      return `The provider ended the session of ${nameOf(event.session)} (${event.error.code}).`;
    case "signInFailed":
      return `Sign-in failed (${event.error.code}).`;
    case "storageDegraded":
      return "The browser's storage is not usable: the session lives in this page only.";
    default:
      return type;
  }
}

export function nameOf(session) {
  return session.claims?.name ?? session.subject;
}

export function initialsOf(name) {
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  const initials = words.length > 1 ? [words[0], words.at(-1)] : words;
  return initials.map((word) => [...word][0].toUpperCase()).join("");
}

function nextAttempt(retryAt) {
  if (retryAt === null) return "It is not tried again.";
  return `Next attempt in ${Math.max(Math.ceil((retryAt - Date.now()) / 1000), 0)} s.`;
}
