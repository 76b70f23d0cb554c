// The package as an older release of it: the same but for its version, which page and worker must agree about.

import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A copy of that folder, among the temporary files of this run. */
export function olderRelease(folder) {
  const copy = mkdtempSync(join(tmpdir(), "keyward-older-"));
  cpSync(folder, copy, { recursive: true });
  const messages = join(copy, "messages.js");
  const text = readFileSync(messages, "utf8");
  const older = text.replace(/VERSION = "[^"]+"/, 'VERSION = "0.0.1"');
  if (older === text) throw new Error("messages.js has no version");
  writeFileSync(messages, older);
  return `${copy}/`;
}
