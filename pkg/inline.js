// The package with the WebAssembly module inside, for apps that can serve no second file: a single HTML file, an
// extension's store, a host that knows no .wasm. It is a third larger, and is not compiled while it arrives.

import { createAuth as create, init as begin } from "keyward";

import { base64 } from "./wasm/inline.js";

export { AuthError, getAccessToken, signIn, signOut } from "keyward";

let bytes = null;

/** For `config.wasm`, where a binding or another entry has the config. */
export const wasm = Object.freeze({
  get source() {
    return (bytes ??= Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  },
});

export const init = (config) => begin(withModule(config));
export const createAuth = (config) => create(withModule(config));

/** What the app says of the module itself wins. */
function withModule(config) {
  try {
    return config?.wasm?.source === undefined ? { ...config, wasm: { ...config.wasm, source: wasm.source } } : config;
  } catch {
    // Not a config: for `init` to say.
    return config;
  }
}
