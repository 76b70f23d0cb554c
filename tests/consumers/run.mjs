// node run.mjs --tarball FILE --starter FILE --folder FOLDER [--part DAY] [NAME...]
// Installs the package from its tarball in every consumer (or those named, or that day's part), builds it, opens it in Chromium and
// signs in at the local provider. Reports as Rust's test runner does; fails if one fails.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "@playwright/test";

import { startProvider } from "../../www/provider/provider.mjs";
import { staticServer } from "./static.mjs";
import { CONSUMERS, PARTS } from "./consumers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tarball: { type: "string" }, starter: { type: "string" }, folder: { type: "string" }, part: { type: "string" } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(CONSUMERS, name));
if (unknown.length) {
  console.error(`error: no consumer ${unknown.join(", ")}; there are ${Object.keys(CONSUMERS).join(", ")}`);
  process.exit(1);
}
const part = values.part === undefined ? Object.keys(CONSUMERS) : PARTS[Number(values.part) % PARTS.length];
const names = positionals.length ? positionals : part;

const CHROMIUM = chromiumPath();
const installed = new Map();
const origins = [];
const provider = await startProvider({ appOrigins: origins });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
if (values.part !== undefined) console.log(`in part: consumers ${names.join(", ")} of ${Object.keys(CONSUMERS).length}, by the date; \`cargo xtask consumers\` runs all`);
const failures = [];
for (const name of names) {
  const started = Date.now();
  const outcome = await consume(name, CONSUMERS[name]).catch((error) => error);
  console.error(`${name}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  const test = `the packed package signs in: ${name} (${CONSUMERS[name].what})`;
  if (outcome instanceof Error) failures.push([test, outcome]);
  console.log(`test ${test} ... ${outcome instanceof Error ? "FAILED" : "ok"}`);
}
if (failures.length) console.log("\nfailures:\n");
for (const [test, { message }] of failures) console.log(`---- ${test} ----\n${message.split("\n").slice(-40).join("\n")}\n`);
const passed = names.length - failures.length;
console.log(`\ntest result: ${failures.length ? "FAILED" : "ok"}. ${passed} passed; ${failures.length} failed; 0 ignored`);
await browser.close();
await provider.close();
process.exit(failures.length ? 1 : 0);

async function consume(name, { app = name, make, inside = "", own, build, server, test, files, page, copies, at = "/", shows = {}, says }) {
  const home = await install(app);
  if (make) await finished(begin(home, make));
  const folder = join(home, inside);
  if (own) await takeOver(join(home, own), join(folder, "src/main.js"));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  // Of a base, too, the address to come back to is registered; requests come from the origin.
  origins.splice(0, origins.length, origin, ...(at === "/" ? [] : [origin + at.slice(0, -1)]));
  const run = (command, options) => finished(begin(folder, command, port), options);
  if (build) await run(build);
  if (test) return run(test);
  if (page) await cp(join(folder, "index.html"), join(folder, files, "index.html"));
  if (copies) await cp(join(folder, "node_modules/keyward/wasm/keyward_bg.wasm"), join(folder, files, "keyward_bg.wasm"));
  const served = server ? begin(folder, server, port) : await staticServer(join(folder, files), port, at);
  try {
    await reachable(origin + at);
    await (says ? greeted(origin + at, says) : signIn(origin + at, shows));
  } finally {
    if (server) process.kill(-served.child.pid);
    else served.close();
  }
}

/** What a person does, and what they see. */
async function signIn(address, shows) {
  const context = await browser.newContext();
  const errors = [];
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => errors.push(`error in the page: ${error.message}`));
    const see = async (id, text) => {
      await page.waitForFunction(([id, text]) => document.getElementById(id)?.textContent.trim() === text, [id, text], { timeout: 20_000 }).catch(async () => {
        const seen = await page.textContent("body").catch(() => "nothing");
        throw new Error([`expected "${text}" in #${id}, saw "${seen?.trim()}" at ${page.url()}`, ...errors].join("\n"));
      });
    };
    await page.goto(address);
    await see("status", "signed_out");
    await page.click("#sign-in");
    await page.fill("#login", "Ada");
    await page.click("button[type=submit]");
    await see("status", "signed_in Ada");
    await see("token", "refreshed");
    if (page.url() !== address) throw new Error(`the address is ${page.url()} afterwards`);
    await page.reload();
    await see("status", "signed_in Ada");
    for (const [id, text] of Object.entries(shows)) await see(id, text);
    if (errors.length) throw new Error(errors.join("\n"));
  } finally {
    await context.close();
  }
}

/** The same in an app that greets. */
async function greeted(address, words) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(address);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.fill("#login", "Ada");
    await page.click("button[type=submit]");
    await page.getByText(words).waitFor({ timeout: 20_000 });
    await page.reload();
    await page.getByText(words).waitFor({ timeout: 20_000 });
    // The app signs out as well, at the provider too.
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL((url) => url.origin === provider.issuer, { timeout: 20_000 });
  } finally {
    await context.close();
  }
}

/** The lines of one's own that the newcomer's path takes. */
async function takeOver(own, main) {
  const text = await readFile(own, "utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > 12) throw new Error(`${lines.length} own lines`);
  await writeFile(main, text);
}

/** Once for each app, whatever is made of it. */
function install(app) {
  if (!installed.has(app)) installed.set(app, installNow(app));
  return installed.get(app);
}

async function installNow(app) {
  const folder = join(values.folder, app);
  await cp(join(here, "apps", app), folder, { recursive: true });
  // What an app has of its own stays.
  await cp(join(here, "common"), folder, { recursive: true, force: false });
  await fill(folder);
  const arguments_ = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", values.tarball];
  if (app === "starter") arguments_.push(values.starter);
  if (app === "playwright") {
    await cp(join(here, "static.mjs"), join(folder, "static.mjs"));
    // The runner must be there once, with the browser that this one has.
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    await finished(begin(folder, ["npm", ...arguments_, "--legacy-peer-deps"]));
    for (const name of ["@playwright", "playwright", "playwright-core"]) {
      await symlink(join(here, "node_modules", name), join(folder, "node_modules", name));
    }
    await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
    await symlink(join(here, "node_modules/.bin/playwright"), join(folder, "node_modules/.bin/playwright"));
  } else {
    await finished(begin(folder, ["npm", ...arguments_]));
  }
  return folder;
}

/** The provider's address in the app's files. */
async function fill(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(js|jsx|ts|svelte|vue)$/.test(entry.name)) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const text = await readFile(file, "utf8");
    if (text.includes("__ISSUER__")) await writeFile(file, text.replaceAll("__ISSUER__", provider.issuer));
  }
}

/** In a process group of its own, so that it ends with what it has started. */
function begin(folder, [program, ...rest], port) {
  const own = [join(folder, "node_modules/.bin"), join(folder, "../node_modules/.bin")];
  const PATH = [...own, process.env.PATH].join(delimiter);
  const quiet = { CI: "1", NEXT_TELEMETRY_DISABLED: "1", NUXT_TELEMETRY_DISABLED: "1", NG_CLI_ANALYTICS: "false", NO_COLOR: "1" };
  const env = { ...process.env, ...quiet, PATH, CHROMIUM, APP_PORT: String(port) };
  const child = spawn(program, rest.map((word) => ({ PORT: String(port), ISSUER: provider.issuer })[word] ?? word), { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said = (said + text).slice(-6000)));
  const ended = new Promise((resolve) => child.once("error", (error) => resolve(error.message)).once("exit", (code) => resolve(code)));
  return { child, ended, command: [basename(program), ...rest].join(" "), said: () => said };
}

async function finished({ child, ended, command, said }, { within = 300_000 } = {}) {
  const timer = setTimeout(() => process.kill(-child.pid), within);
  const code = await ended;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${said()}`);
}

async function reachable(address) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await fetch(address).then(({ ok }) => ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${address}`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function chromiumPath() {
  const found = process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium")).find((path) => existsSync(path));
  if (!found) throw new Error("chromium is not on PATH");
  return found;
}
