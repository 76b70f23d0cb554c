// What tests of apps need, in Node, with or without jsdom: the same client as in pages, with the module read from the
// package. While a provider is there, the package's entry (stub.js, for Node) works as in a page.

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextDecoder, TextEncoder } from "node:util";

import { entry } from "../instances.js";
import { FakeProvider } from "./provider.js";
import { Store } from "./store.js";

export { contractTable, storageContract, testStorage } from "./contract.js";

/** What the package's entry asks here: see stub.js. */
const STAND_IN = Symbol.for("keyward.testing");

/** Not by `new URL(…, import.meta.url)`: Vite and the like make an address of their own server of it. */
const MODULE = join(dirname(fileURLToPath(import.meta.url)), "../wasm/keyward_bg.wasm");

const HOME = "http://localhost/";

let source;

export async function fakeProvider(options) {
  // Environments that imitate a browser lack these now and then.
  globalThis.TextDecoder ??= TextDecoder;
  globalThis.TextEncoder ??= TextEncoder;
  source ??= new Uint8Array(await readFile(MODULE));
  const bare = dressed();
  const client = entry(() => import("../local.js"));
  const store = new Store();
  const surroundings = {
    // Storages of a page are not here, or not whole (jsdom has no IndexedDB), and nothing runs in a worker.
    adapt(config) {
      const { isolation, exposeAccessToken, storage, ...others } = config;
      return { ...placed(others), wasm: { source }, storage: typeof storage === "object" ? storage : store.adapter };
    },
    end(provider) {
      bare();
      if (globalThis[STAND_IN]?.provider === provider) delete globalThis[STAND_IN];
    },
  };
  const provider = await FakeProvider.start(options, client, surroundings).catch((error) => {
    bare();
    throw error;
  });
  const { init, createAuth } = provider;
  globalThis[STAND_IN] = { ...client, init, createAuth, provider };
  return provider;
}

/** Where there is no page, there is no address to come back to. */
function placed(config) {
  if (globalThis.document) return config;
  const { providers } = config;
  if (!providers) return { redirectUri: HOME, ...config };
  return { ...config, providers: Object.fromEntries(Object.entries(providers).map(([id, one]) => [id, { redirectUri: HOME, ...one }])) };
}

/** What the client finds in every browser's global scope, where it is missing: events, and who is online. Returns what ends it. */
function dressed() {
  const events = new EventTarget();
  const missing = { navigator: { onLine: true } };
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) missing[name] = events[name].bind(events);
  const names = Object.keys(missing).filter((name) => !(name in globalThis));
  for (const name of names) Object.defineProperty(globalThis, name, { value: missing[name], configurable: true, writable: true });
  return () => names.forEach((name) => delete globalThis[name]);
}
