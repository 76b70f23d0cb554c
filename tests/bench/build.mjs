// Builds the measured apps, one of each SDK, as a new project would: Vite's production build, nothing configured. Each file is
// compressed beside itself. `node build.mjs OUTPUT SDK...`
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const [output, ...names] = process.argv.slice(2);

/** The entry that a bundler takes for a page: see "exports" in its package.json. */
const keyward = join(here, "../../pkg");
const manifest = JSON.parse(await readFile(join(keyward, "package.json"), "utf8"));
const entry = join(keyward, manifest.exports["."].default);

for (const name of names) {
  await build({
    configFile: false,
    root: join(here, "page"),
    logLevel: "error",
    resolve: {
      alias: [
        { find: /^measured-sdk$/, replacement: join(here, "sdk", `${name}.js`) },
        { find: /^keyward$/, replacement: entry },
      ],
    },
    build: { outDir: join(output, name), emptyOutDir: true },
  });
  await compress(join(output, name));
}

async function compress(folder) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const content = await readFile(file);
    const best = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    await writeFile(`${file}.br`, brotliCompressSync(content, { params: best }));
    await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}
