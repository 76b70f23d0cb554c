// The members of an object that an app wrote, read strictly by a table of what they may be (members.rs): a member that is
// not in the table, or is not what the table says, is an error that names it.

/** What it must be, in words; and what becomes of it: undefined if it is something else. */
const kept = (must, is) => [must, (value) => (is(value) ? value : undefined)];

const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const texts = (value) => {
  const list = Array.isArray(value) ? Array.from(value) : [];
  return Array.isArray(value) && list.every(isText) ? list : undefined;
};

const TEXT = kept("a string", isText);
const FLAG = kept("true or false", isFlag);
const FLAG_OR_AUTO = kept('true, false or "auto"', (value) => isFlag(value) || value === "auto");
const NUMBER = kept("a number, and not negative", (value) => Number.isFinite(value) && value >= 0);
const WHOLE = kept("a whole number, and not negative", (value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 53);
const LIST = ["an array of strings", texts];
const TEXT_OR_LIST = ["a string or an array of strings", (value) => (isText(value) ? [value] : texts(value))];
/** Names and values in turn. */
const MAP = [
  "an object of strings",
  (value) => {
    const members = isObject(value) ? Object.entries(value).filter(([, text]) => text !== undefined) : null;
    return members?.every(([, text]) => isText(text)) ? members.flat() : undefined;
  },
];
/** What `JSON.stringify` makes of it. */
const JSON_TEXT = ["a value that JSON can hold", (value) => JSON.stringify(value)];
const JSON_ARRAY = [
  "an array that JSON can hold",
  (value) => {
    const text = JSON.stringify(value);
    return text?.startsWith("[") ? text : undefined;
  },
];
/** Something that the caller looks at. */
const ANY = kept("an object", () => true);
const word = (...words) => kept(`one of: ${words.join(", ")}`, (value) => words.includes(value));

const COMMON = {
  providers: ANY,
  storage: ANY,
  allowedOrigins: LIST,
  handleRedirect: FLAG,
  restoreUrl: FLAG,
  autoRefresh: FLAG,
  refreshLeadSeconds: NUMBER,
  clockToleranceSeconds: NUMBER,
  isolation: word("page", "worker"),
  exposeAccessToken: FLAG,
  requestTimeout: NUMBER,
  namespace: TEXT,
  openUrl: ANY,
  logger: ANY,
  // Where this module comes from: pkg/module.js has seen to it.
  wasm: ANY,
};

const PROVIDER = {
  issuer: TEXT,
  clientId: TEXT,
  redirectUri: TEXT,
  postLogoutRedirectUri: TEXT,
  scope: TEXT,
  resource: TEXT_OR_LIST,
  metadata: ANY,
  authorizationParams: MAP,
  tokenParams: MAP,
  dpop: FLAG_OR_AUTO,
  par: FLAG_OR_AUTO,
  idTokenVerification: word("signature", "tls"),
};

const ACCOUNT = { provider: TEXT, subject: TEXT };

const TABLES = {
  several: COMMON,
  single: { ...COMMON, ...PROVIDER },
  provider: PROVIDER,
  signIn: {
    provider: TEXT,
    mode: word("redirect", "popup", "silent", "extension"),
    returnTo: TEXT,
    appState: JSON_TEXT,
    scope: TEXT,
    resource: TEXT_OR_LIST,
    prompt: TEXT,
    loginHint: TEXT,
    maxAgeSeconds: WHOLE,
    acrValues: TEXT,
    uiLocales: TEXT,
    authorizationDetails: JSON_ARRAY,
    params: MAP,
    signal: ANY,
    timeout: NUMBER,
  },
  signOut: {
    ...ACCOUNT,
    all: FLAG,
    mode: word("redirect", "local"),
    revoke: FLAG,
    postLogoutRedirectUri: TEXT,
    params: MAP,
  },
  account: ACCOUNT,
  token: { ...ACCOUNT, resource: TEXT, scope: TEXT, minValiditySeconds: NUMBER, forceRefresh: FLAG, signal: ANY },
};

/**
 * The object's members, each as the table says; or the text of an error, which names members with that path before them.
 * Values that this release has not are for the caller to refuse.
 */
export function read(object, path, table) {
  const fault = (name, message) => `${path}${name}: ${message}`;
  const names = namesOf(object);
  if (!names) return `${path.slice(0, -1) || "the argument"}: must be an object`;
  const found = {};
  for (const name of names) {
    if (!Object.hasOwn(TABLES[table], name)) {
      const isSecret = name === "clientSecret" || name === "client_secret";
      return fault(name, isSecret ? "a browser can keep no secret: register a public client" : "is not known");
    }
    const [must, take] = TABLES[table][name];
    try {
      const value = object[name];
      if (value === undefined) continue;
      found[name] = take(value);
    } catch {
      // A getter that throws, or what JSON cannot hold.
    }
    if (found[name] === undefined) return fault(name, `must be ${must}`);
  }
  return found;
}

/** In the order in which they were written; undefined for what is no object. */
export function namesOf(object) {
  try {
    return isObject(object) ? Object.keys(object) : undefined;
  } catch {
    return undefined;
  }
}
