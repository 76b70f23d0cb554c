// The package's entry for every context, service workers too, which forbid `import()`: all of it is fetched at once.

import * as core from "./core.js";
import { entry } from "./instances.js";

export { AuthError } from "./errors.js";
export const { createAuth, getAccessToken, init, signIn, signOut } = entry(() => core);
