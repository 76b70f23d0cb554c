// The package's entry for pages that a bundler makes: what runs the WebAssembly module comes with it, and not before a
// page has shown its state and has a token.

import { provide } from "./instances.js";

provide(() => import("./core.js"));

export { AuthError } from "./errors.js";
export { createAuth, getAccessToken, init, signIn, signOut } from "./instances.js";
