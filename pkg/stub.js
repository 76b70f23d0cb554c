// Keyward where there is no browser: Node, server renderers, edge runtimes. Importing it does nothing, so code that is
// shared with a server can import "keyward"; calling it says where to call it instead.

import { AuthError } from "./errors.js";

const unsupported = async () => {
  throw new AuthError("Keyward runs in browsers: call it in a page, a worker or an extension, not on a server", {
    code: "unsupported",
  });
};

export {
  AuthError,
  unsupported as createAuth,
  unsupported as getAccessToken,
  unsupported as init,
  unsupported as signIn,
  unsupported as signOut,
};
