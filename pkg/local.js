// The way to a core in this page: what runs the WebAssembly module, which a page with a head (head.js) loads later.

import { LocalCore, loadOnce } from "./core.js";
import { lively } from "./lively.js";
import { check } from "./load.js";
import { page } from "./wasm/page.js";

/** What makes the core, once the module is there. `openPopup` is called in the place of the page's own. */
export async function connect(config, latest) {
  check(config?.wasm);
  await loadOnce(config?.wasm);
  return (tell, openPopup) =>
    new LocalCore(lively(config, latest), tell, openPopup && Object.create(page, { openPopup: { value: openPopup } }));
}
