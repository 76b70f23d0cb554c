// Runs in a project that installed the package: what `logger: "console"` writes.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const script = createRequire(import.meta.url).resolve("keyward/package.json").replace(/package\.json$/, "console.js");
const { toConsole } = await import(pathToFileURL(script));

const written = [];
for (const level of ["debug", "info", "warn", "error"]) {
  console[level] = (...values) => written.push([level, ...values]);
  toConsole({ time: Date.UTC(2026, 10, 28, 9, 5, 7, 42), level, event: "sign_in_failed", fields: { code: "network", tries: 2 } });
}
toConsole({ time: 0, level: "info", event: "token_refreshed", fields: {} });

const line = "keyward 09:05:07.042 sign in failed code=network tries=2";
assert.deepEqual(written, [
  ...["debug", "info", "warn", "error"].map((level) => [level, line]),
  ["info", "keyward 00:00:00.000 token refreshed"],
]);
