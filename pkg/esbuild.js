// For esbuild: the WebAssembly module comes along, as a file of the build.

import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
const EXPRESSION = 'new URL("./wasm/keyward_bg.wasm", import.meta.url)';

/** `plugins: [keyward()]`. The build needs `format: "esm"`. */
export default function keyward() {
  return {
    name: "keyward",
    setup(build) {
      build.onLoad({ filter: /[\\/]module\.js$/ }, async ({ path }) => {
        if (dirname(await realpath(path)) !== (await realpath(PACKAGE))) return undefined;
        const code = await readFile(path, "utf8");
        const contents = `import keywardModule from "./wasm/keyward_bg.wasm"; ${code.replace(EXPRESSION, "new URL(keywardModule, import.meta.url)")}`;
        return { contents, loader: "js" };
      });
      build.onLoad({ filter: /[\\/]keyward_bg\.wasm$/ }, async ({ path }) => ({
        contents: await readFile(path),
        loader: "file",
      }));
    },
  };
}
