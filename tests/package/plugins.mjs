// Runs in a project that installed the package: the plugins for bundlers do to the package's own files what their bundler needs, and
// nothing to others'. Whole builds are in tests/consumers.

import assert from "node:assert/strict";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import esbuild from "keyward/esbuild";
import rollup from "keyward/rollup";
import vite from "keyward/vite";

const folder = await realpath(fileURLToPath(new URL("node_modules/keyward/", import.meta.url)));
const text = (name) => readFile(join(folder, name), "utf8");
const wasm = await readFile(join(folder, "wasm/keyward_bg.wasm"));
const theirs = fileURLToPath(new URL("theirs/", import.meta.url));
await mkdir(theirs, { recursive: true });
await writeFile(join(theirs, "module.js"), await text("module.js"));

// Rollup: the module is an asset, the worker a chunk, and no line moves.
const emitted = [];
const transform = async (path) => rollup().transform.call({ emitFile: (file) => `ref${emitted.push(file)}` }, await readFile(path.split("?")[0], "utf8"), path);
const { code } = await transform(join(folder, "module.js"));
assert.match(code, /\?\? new URL\(import\.meta\.ROLLUP_FILE_URL_ref1\);/);
assert.equal(code.split("\n").length, (await text("module.js")).split("\n").length);
assert.deepEqual([emitted[0].type, emitted[0].name, Buffer.compare(emitted[0].source, wasm)], ["asset", "keyward_bg.wasm", 0]);
const line = await transform(`${join(folder, "line.js")}?v=1`);
assert.equal(line.code.match(/ROLLUP_FILE_URL_ref2/g).length, 3, "every place names the worker's one chunk");
assert.doesNotMatch(line.code, /worker\.js", import\.meta\.url/);
assert.deepEqual(emitted.slice(1), [{ type: "chunk", name: "keyward-worker", id: join(folder, "worker.js") }]);
for (const other of [join(theirs, "module.js"), join(folder, "auth.js")]) assert.equal(await transform(other), null, other);

// esbuild: the module is imported as a file.
const loads = [];
esbuild().setup({ onLoad: ({ filter }, load) => loads.push({ filter, load }) });
const load = async (path) => loads.find(({ filter }) => filter.test(path))?.load({ path });
const { contents, loader } = await load(join(folder, "module.js"));
assert.match(contents, /^import keywardModule from "\.\/wasm\/keyward_bg\.wasm"; /);
assert.match(contents, /\?\? new URL\(keywardModule, import\.meta\.url\);/);
assert.equal(loader, "js");
const file = await load(join(folder, "wasm/keyward_bg.wasm"));
assert.deepEqual([file.loader, Buffer.compare(file.contents, wasm)], ["file", 0]);
assert.equal(await load(join(theirs, "module.js")), undefined);
assert.equal(await load(join(folder, "auth.js")), undefined);

// Vite: the development server finds the package as it is, wherever it lies.
assert.deepEqual(vite().config(), { optimizeDeps: { exclude: ["keyward"] }, worker: { format: "es" } });
const config = { server: { fs: { allow: ["/project"] } } };
vite().configResolved(config);
assert.deepEqual(config.server.fs.allow, ["/project", folder]);
vite().configResolved({});
