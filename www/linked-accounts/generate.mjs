// Generates the Prisma client. `prisma generate` looks for an engine that only migrations need, and would download it:
// any executable in its place will do, as the table is made by plain SQL.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const cli = fileURLToPath(new URL("node_modules/prisma/build/index.js", import.meta.url));
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" };
const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "generate"], { cwd: folder, env, encoding: "utf8" });
if (status !== 0) {
  process.stderr.write(stdout + stderr);
  process.exit(status ?? 1);
}
