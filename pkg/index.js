// The package's entry for every context, service workers too, which forbid `import()`: all of it is fetched at once.

import { entry } from "./instances.js";
import * as local from "./local.js";

export { AuthError } from "./errors.js";
export const { createAuth, getAccessToken, init, signIn, signOut } = entry(() => local);
