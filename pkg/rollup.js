// For Rollup: the WebAssembly module and the worker come along, as files of the build.

import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
const MODULE = 'new URL("./wasm/keyward_bg.wasm", import.meta.url)';
const WORKER = 'new URL("./worker.js", import.meta.url)';

/** `plugins: [keyward()]` */
export default function keyward() {
  return {
    name: "keyward",
    async transform(code, id) {
      const [path] = id.split("?");
      if (!path.endsWith("module.js") && !path.endsWith("line.js")) return null;
      const folder = await realpath(PACKAGE);
      if (dirname(await realpath(path).catch(() => path)) !== folder) return null;
      const emit = async (expression, file) => {
        if (!code.includes(expression)) return;
        code = code.replaceAll(expression, `new URL(import.meta.ROLLUP_FILE_URL_${this.emitFile(await file())})`);
      };
      await emit(MODULE, async () => ({
        type: "asset",
        name: "keyward_bg.wasm",
        source: await readFile(join(PACKAGE, "wasm/keyward_bg.wasm")),
      }));
      await emit(WORKER, () => ({ type: "chunk", name: "keyward-worker", id: join(dirname(path), "worker.js") }));
      // The lines stay where they are.
      return { code, map: null };
    },
  };
}
