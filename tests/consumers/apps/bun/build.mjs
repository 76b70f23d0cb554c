// A file with its own loader, since the module that is found beside the code would be left behind.
import { cp } from "node:fs/promises";

const { success, logs } = await Bun.build({ entrypoints: ["main.js"], outdir: "dist", splitting: true });
if (!success) throw new AggregateError(logs);
await cp("node_modules/keyward/wasm/keyward_bg.wasm", "dist/keyward_bg.wasm");
