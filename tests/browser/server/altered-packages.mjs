// The package as it is not: an older release of it, one whose worker does as the tests' pages say, and one whose worker
// is in a browser without WebAssembly.

import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The same but for its version, which page and worker must agree about. */
export const olderRelease = (folder) =>
  altered(folder, "messages.js", (text) => text.replace(/VERSION = "[^"]+"/, 'VERSION = "0.0.1"'));

/** The worker's clocks and its randomness are the test's. */
export const withDirectedWorker = (folder) =>
  altered(folder, "worker.js", (text) => `import "/directed-worker.js";\n${text}`);

/** The worker is in Lockdown Mode. */
export const inLockdown = (folder) =>
  altered(folder, "worker.js", (text) => `${text}\nObject.defineProperty(self, "WebAssembly", { value: undefined });\n`);

/** A copy of that folder, among the temporary files of this run, with one file changed. */
function altered(folder, name, change) {
  const copy = mkdtempSync(join(tmpdir(), "keyward-altered-"));
  cpSync(folder, copy, { recursive: true });
  const file = join(copy, name);
  const text = readFileSync(file, "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`nothing in ${name} was changed`);
  writeFileSync(file, changed);
  return `${copy}/`;
}
