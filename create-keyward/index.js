#!/usr/bin/env node
// `npm create keyward`: a small app that signs people in. Writes files into a new folder, and nothing else.

import { cp, mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TEMPLATES = ["react", "vue", "svelte", "vanilla"];
const USAGE = `Usage: create-keyward [FOLDER] [options]

  --template NAME   ${TEMPLATES.join(", ")}
  --issuer URL      the OpenID provider
  --client-id ID    the app's client there: a public one
`;

const templates = fileURLToPath(new URL("templates/", import.meta.url));

async function main() {
  const { values, positionals } = options();
  if (values.help) return void process.stdout.write(USAGE);
  const answers = await complete({ folder: positionals[0], ...values });
  const { folder, template, issuer } = answers;
  if (!TEMPLATES.includes(template)) throw new Error(`--template: one of ${TEMPLATES.join(", ")}`);
  if (!/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])/.test(`${issuer}/`) || !isUrl(issuer)) throw new Error(`--issuer: an https URL, not "${issuer}"`);
  const to = resolve(folder);
  if ((await readdir(to).catch(() => [])).length) throw new Error(`${folder} is there already, and not empty`);
  await write(to, answers);
  process.stdout.write(`\n${folder} is ready. At the provider, register http://localhost:5173/ as redirect URI (and for signing out).\n\n  cd ${folder}\n  npm install\n  npm run dev\n\nIf something is amiss: npm run doctor\n`);
}

const isUrl = (text) => {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
};

function options() {
  const text = { type: "string" };
  try {
    return parseArgs({ allowPositionals: true, options: { template: text, issuer: text, "client-id": text, help: { type: "boolean", short: "h" } } });
  } catch (error) {
    throw new Error(`${error.message}\n\n${USAGE}`);
  }
}

async function complete({ folder, template, issuer, "client-id": clientId }) {
  const given = { folder, template, issuer, clientId };
  const missing = Object.keys(given).filter((name) => given[name] === undefined);
  if (!missing.length) return given;
  if (!process.stdin.isTTY) throw new Error(`${missing.join(", ")}: missing\n\n${USAGE}`);
  const questions = { folder: "Folder: ", template: `Template (${TEMPLATES.join(", ")}): `, issuer: "Issuer (https://...): ", clientId: "Client id: " };
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  for (const name of missing) given[name] = (await lines.question(questions[name])).trim();
  lines.close();
  if (!given.folder) throw new Error("a folder is needed");
  return given;
}

async function write(to, { template, issuer, clientId }) {
  await mkdir(to, { recursive: true });
  await cp(join(templates, "common"), to, { recursive: true });
  await cp(join(templates, template), to, { recursive: true });
  // npm leaves a file of that name out of packages.
  await rename(join(to, "_gitignore"), join(to, ".gitignore"));
  // The name of a folder is not always one of a package.
  const name = basename(to).toLowerCase().replace(/[^a-z0-9-]+/g, "-").replace(/^-+|-+$/g, "") || "app";
  const values = { NAME: name, ISSUER: JSON.stringify(issuer), CLIENT_ID: JSON.stringify(clientId) };
  for (const file of ["package.json", "index.html", "src/config.js"]) {
    const path = join(to, file);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/__(NAME|ISSUER|CLIENT_ID)__/g, (_, member) => values[member]));
  }
  const manifest = JSON.parse(await readFile(join(to, "package.json"), "utf8"));
  manifest.scripts.doctor = `keyward doctor ${quoted(issuer)} --client-id ${quoted(clientId)} --origin http://localhost:5173`;
  await writeFile(join(to, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** For sh and cmd.exe: what has another meaning there is left to the user. */
const quoted = (text) => (/^[\w.:/@-]+$/.test(text) ? text : JSON.stringify(text.replace(/[$`"\\%!]/g, "")));

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
