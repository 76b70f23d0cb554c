// The package's entry for every context, service workers too, which forbid `import()`: all of it is fetched at once.

import * as core from "./core.js";
import { provide } from "./instances.js";

provide(() => core);

export { AuthError } from "./errors.js";
export { createAuth, getAccessToken, init, signIn, signOut } from "./instances.js";
