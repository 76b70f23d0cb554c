// Fetches, compiles and instantiates the WebAssembly module, and says what stands in the way when that fails.

import { AuthError } from "./errors.js";

/** The smallest module there is: where it does not run, none does. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

export async function load(instantiate) {
  // Bundlers look for exactly this expression, and emit the file that it names.
  const response = await request(new URL("./wasm/keyward_bg.wasm", import.meta.url));
  try {
    await instantiate({ module_or_path: await compile(response) });
  } catch (cause) {
    throw await explained(cause, response);
  }
}

/** Compiling while streaming is refused for any other type, and not every server knows this one. */
async function compile(response) {
  const streamable = response.headers.get("content-type") === "application/wasm";
  return streamable ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

async function request(url) {
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw unloadable(`${url} could not be fetched`, cause);
  }
  if (!response.ok) throw unloadable(`${url} was answered with HTTP status ${response.status}`);
  return response;
}

/** Engines differ in when and how they say that a policy forbids WebAssembly (WebKit compiles it first): so try. */
async function explained(cause, response) {
  if (typeof WebAssembly === "undefined") return new AuthError("this browser has no WebAssembly", { cause });
  const allowed = await WebAssembly.instantiate(EMPTY).then(() => true, () => false);
  if (allowed) {
    const type = response.headers.get("content-type") ?? "no type";
    return unloadable(`${response.url} (${type}) did not arrive whole, or is not the module: ${cause}`, cause);
  }
  const message =
    "the Content Security Policy forbids WebAssembly here: its script-src lacks 'wasm-unsafe-eval'" +
    " (for example: script-src 'self' 'wasm-unsafe-eval')";
  return new AuthError(message, { code: "wasm_blocked", cause });
}

function unloadable(what, cause) {
  return new AuthError(`Keyward's WebAssembly module could not be loaded: ${what}`, { code: "network", retryable: true, cause });
}
