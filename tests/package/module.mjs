// Runs in a project that installed the package: what is said where a bundler or its server has lost the module, with the
// line that mends it. Nothing is wrong with the network then, so nobody is told to try again.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const script = createRequire(import.meta.url).resolve("keyward/package.json").replace(/package\.json$/, "load.js");
const { load } = await import(pathToFileURL(script));

const HTML = "<!doctype html><title>An app</title>";
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const instantiate = async ({ module_or_path: module }) => void (await WebAssembly.instantiate(await module));
const copy = ["keyward_bg.wasm", "wasm: { source", "keyward/inline"];

const page = (status, type = "text/html; charset=utf-8") => () => new Response(HTML, { status, headers: { "content-type": type } });
const wasm = (bytes) => () => new Response(bytes, { headers: { "content-type": "application/wasm" } });

/** How the request is answered, whether it may be better the next time, and what the message has in it. */
const cases = [
  ["Vite's fallback", page(200), false, ["HTML", 'optimizeDeps: { exclude: ["keyward"] }', "Vite 5 to 7", ...copy]],
  ["a page that is called something else", page(200, "application/octet-stream"), false, ["HTML", "optimizeDeps", ...copy]],
  ["a bundler that left the file behind", page(404), false, ["404", "Rollup", "esbuild", "Bun", "Angular CLI", ...copy]],
  ["a file of a former release", page(410), false, ["410", ...copy]],
  ["a server that refuses", page(403), false, ["403", ...copy]],
  ["a server that wants a password", page(401), false, ["401", ...copy]],
  ["a server that is down", page(503), true, ["503"]],
  ["a server that is asked too much", page(429), true, ["429"]],
  ["half of the module", wasm(EMPTY.slice(0, 6)), true, ["did not arrive whole"]],
  ["no network", () => Promise.reject(new TypeError("Failed to fetch")), true, ["could not be fetched"]],
];
for (const [name, answer, retryable, mentions] of cases) {
  globalThis.fetch = async () => answer();
  // Twice: the next call asks again.
  for (const wasmOf of [{}, { source: "https://app.example/@assets/keyward.wasm" }]) await refused(name, wasmOf, retryable, mentions);
}

// Vite's development server names the package that is linked from outside by its path.
globalThis.fetch = async () => page(403)();
const linked = { source: "http://localhost:5173/@fs/home/ada/keyward/wasm/keyward_bg.wasm" };
await refused("a linked package", linked, false, ["server: { fs: { allow", "Vite"]);

// An app's own response.
await refused("an app's own response", { source: page(200)() }, false, ["wasm.source", "HTML"]);

globalThis.fetch = async () => wasm(EMPTY)();
await load(instantiate);
await load(instantiate, { source: EMPTY });

async function refused(name, source, retryable, mentions) {
  await assert.rejects(load(instantiate, source), (error) => {
    assert.deepEqual([error.name, error.code, error.retryable], ["AuthError", "network", retryable], `${name}: ${error.message}`);
    for (const mention of mentions) assert.ok(error.message.includes(mention), `${name} does not say ${mention}: ${error.message}`);
    // Said once.
    assert.equal(error.message.match(/could not be loaded/g).length, 1, error.message);
    return true;
  });
}
