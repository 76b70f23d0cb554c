// Keyward where there is no browser: Node, server renderers, edge runtimes. Importing it does nothing, so code that is
// shared with a server can import "keyward"; calling it says where to call it instead. In a test with a provider of
// `keyward/testing` it works.

import { AuthError } from "./errors.js";

const standIn = (name) => async (...values) => {
  const provider = globalThis[Symbol.for("keyward.testing")];
  if (provider) return provider[name](...values);
  const message =
    "Keyward runs in browsers: call it in a page, a worker or an extension, not on a server (in a test, begin with " +
    "`await fakeProvider(...)` of keyward/testing)";
  throw new AuthError(message, { code: "unsupported" });
};

export { AuthError };
export const createAuth = standIn("createAuth");
export const getAccessToken = standIn("getAccessToken");
export const init = standIn("init");
export const signIn = standIn("signIn");
export const signOut = standIn("signOut");
