// Compiles and instantiates the WebAssembly module, and says what stands in the way when that fails.

import { AuthError } from "./errors.js";
import { EMPTY, addressOf, fetchOnce, forget, isAddress } from "./module.js";

const SOURCES = ["string", "URL", "Response", "BufferSource", "WebAssembly.Module"];

/** Where the module is to come from, and when, as an app says it. */
export function check(wasm = {}) {
  const wrong = (member, must) => new AuthError(`${member}: ${must}`, { code: "invalid_config" });
  if (typeof wasm !== "object" || wasm === null) throw wrong("wasm", "must be an object");
  const { source, load, ...others } = wasm;
  for (const name of Object.keys(others)) throw wrong(`wasm.${name}`, "is not known");
  if (load !== undefined && load !== "idle" && load !== "now") throw wrong("wasm.load", "must be one of: idle, now");
  const isKnown = source === undefined || isAddress(source) || isResponse(source) || isCode(source);
  if (!isKnown) throw wrong("wasm.source", `must be one of: ${SOURCES.join(", ")}`);
}

const isResponse = (source) => typeof Response === "function" && source instanceof Response;
const isCode = (source) =>
  source instanceof ArrayBuffer || ArrayBuffer.isView(source) || (typeof WebAssembly === "object" && source instanceof WebAssembly.Module);

export async function load(instantiate, wasm = {}) {
  if (!globalThis.WebAssembly) throw missing();
  const given = isCode(wasm.source) || isResponse(wasm.source) ? wasm.source : await fetched(wasm);
  try {
    await instantiate({ module_or_path: isCode(given) ? given : await compile(given) });
  } catch (cause) {
    forget();
    throw await explained(cause, given);
  }
}

/** Compiling while streaming is refused for any other type, and not every server or browser knows it. */
async function compile(response) {
  const streamable = WebAssembly.compileStreaming && response.headers.get("content-type") === "application/wasm";
  if (streamable) return WebAssembly.compileStreaming(response);
  const bytes = await response.arrayBuffer();
  // "<": a page, from a server that calls it something else, or in an app's own response.
  if (new Uint8Array(bytes)[0] === 0x3c) throw misplaced(response.url || "wasm.source", response, true);
  return WebAssembly.compile(bytes);
}

async function fetched(wasm) {
  const url = addressOf(wasm);
  let response;
  try {
    response = await fetchOnce(wasm);
  } catch (cause) {
    throw unloadable(`${url} could not be fetched`, cause, true);
  }
  const isPage = /^text\/html/i.test(response.headers.get("content-type"));
  if (response.ok && !isPage) return response;
  forget();
  throw misplaced(url, response, isPage && response.ok);
}

const OTHERWISE =
  'copy node_modules/keyward/wasm/keyward_bg.wasm there, or say where it is with wasm: { source: "..." }, or import from "keyward/inline"';

/** What a bundler or its server did with the module, and the line that mends it: trying again does not. */
function misplaced(url, { status }, isPage) {
  if (isPage) {
    const what = `${url} was answered with an HTML page`;
    return unloadable(`${what}. Vite 5 to 7: add optimizeDeps: { exclude: ["keyward"] } to vite.config. Else ${OTHERWISE}`);
  }
  const what = `${url} was answered with HTTP status ${status}`;
  if (status === 403 && String(url).includes("/@fs/")) {
    return unloadable(`${what}. Vite: add the package's folder to server: { fs: { allow: [...] } } in vite.config`);
  }
  if (status === 404 || status === 410) {
    return unloadable(`${what}. Rollup, esbuild, Bun and the Angular CLI leave the file behind: ${OTHERWISE}`);
  }
  const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
  return unloadable(mayPass ? what : `${what}. Mend that, or ${OTHERWISE}`, undefined, mayPass);
}

/** Engines differ in when and how they say that a policy forbids WebAssembly (WebKit compiles it first): so try. */
async function explained(cause, response) {
  if (cause instanceof AuthError) return cause;
  const allowed = await WebAssembly.instantiate(EMPTY).then(() => true, () => false);
  if (allowed) {
    const type = response.headers?.get("content-type") ?? "no type";
    return unloadable(`${response.url ?? "wasm.source"} (${type}) did not arrive whole, or is not the module: ${cause}`, cause, true);
  }
  const message =
    "the Content Security Policy forbids WebAssembly here: its script-src lacks 'wasm-unsafe-eval'" +
    " (for example: script-src 'self' 'wasm-unsafe-eval')";
  return new AuthError(message, { code: "wasm_blocked", cause });
}

/** What iPhones, iPads and Macs in Lockdown Mode are without, until the user trusts a site. */
function missing() {
  const message =
    "this browser has no WebAssembly, which Keyward needs: in Lockdown Mode of iOS and macOS it is switched off until the user " +
    "excludes this site from it (page settings, Lockdown Mode); in another browser, where it is disabled or very old, it has to " +
    "be enabled or updated";
  return new AuthError(message, { code: "unsupported" });
}

function unloadable(what, cause, retryable = false) {
  return new AuthError(`Keyward's WebAssembly module could not be loaded: ${what}`, { code: "network", retryable, cause });
}
