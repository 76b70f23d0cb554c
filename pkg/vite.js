// For Vite: the development server of Vite 5 to 7 leaves the package as it is, so that the WebAssembly module is found
// beside it; a package that is linked from outside the project is served; and the worker is built as the module that it is.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = dirname(fileURLToPath(import.meta.url));

/** `plugins: [keyward()]` */
export default function keyward() {
  return {
    name: "keyward",
    config: () => ({ optimizeDeps: { exclude: ["keyward"] }, worker: { format: "es" } }),
    configResolved({ server }) {
      // What is there already is what Vite has found the project to be: a list in `config` would take its place.
      server?.fs?.allow?.push(PACKAGE);
    },
  };
}
