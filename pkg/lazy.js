// The package's entry for pages that a bundler makes: what runs the WebAssembly module comes with it, and not before a
// page has shown its state and has a token.

import { entry } from "./instances.js";

export { AuthError } from "./errors.js";
export const { createAuth, getAccessToken, init, signIn, signOut } = entry(() => import("./local.js"));
