// Before `npm start`: installs what the lock files say, here and for the local provider, and generates the Prisma client.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const changedAt = (relative) => statSync(path(relative), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (!existsSync(path("../../pkg/wasm/keyward_bg.wasm"))) {
  fail("The package is not built yet. Run `cargo xtask build` in the repository first.");
}
for (const folder of ["./", "../provider/"]) {
  if (changedAt(`${folder}node_modules/.package-lock.json`) >= changedAt(`${folder}package-lock.json`)) continue;
  console.log(`Installing the npm packages of ${folder}`);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: path(folder), stdio: "inherit" });
  if (status !== 0) fail(`npm ci in ${folder} failed.`);
}
await import("./generate.mjs");

function fail(message) {
  console.error(message);
  process.exit(1);
}
