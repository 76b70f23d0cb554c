// The small app of a framework (tests/browser/frameworks), in the one scenario that asks for it, at an origin of its own:
// a public page at "/" and a guarded one at "/private/".

import { fileURLToPath } from "node:url";

import { startAppServer } from "../../../www/provider/app-server.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Templates of Angular are compiled in the page, as the app is made without Angular's build. */
const EVALUATES = { angular: { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'" } };

export function createFrameworks({ issuer, appOrigins, apis }) {
  return {
    start: async ({ name }) => {
      const built = folder(`../../../target/xtask/frameworks/${name}/`);
      const roots = { "/": built, "/private/": built, "/pkg/": folder("../../../pkg/") };
      const { origin } = await startAppServer({ issuer, apis, roots, headersOf: () => EVALUATES[name] ?? {} });
      appOrigins.push(origin);
      return origin;
    },
  };
}
