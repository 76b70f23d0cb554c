import type { Auth, Config } from "./index.js";

export * from "./index.js";

/** As `init` of "keyward", with the WebAssembly module from this file. */
export function init(config: Config): Promise<Auth>;
/** As `createAuth` of "keyward", with the WebAssembly module from this file. */
export function createAuth(config: Config): Promise<Auth>;

/** The module, for `config.wasm` where something else calls `init`, such as the provider of `keyward/react`. */
export const wasm: { readonly source: Uint8Array<ArrayBuffer> };
