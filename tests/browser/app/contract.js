// Every storage there is before the contract that the package offers to adapter authors.

import { contractTable, testStorage } from "/pkg/testing/contract.js";
import { memoryAdapter, prefixedLocalStorage } from "./adapters.js";

/** The table, what failed, and what compare-and-set came to where there is one. */
export async function runContract() {
  // Not with the page: only this needs it, and it is built by itself.
  const probe = await import("./probe/probe.js");
  await probe.default();
  const builtIn = (kind) => (namespace) => adapterOver(new probe.Probe(kind, namespace));
  const maps = new Map();
  const storages = {
    local: [builtIn("local"), true],
    session: [builtIn("session"), true],
    memory: [builtIn("memory"), false],
    encrypted: [builtIn("encrypted"), true],
    "own (Map)": [(name) => sharedMap(maps, name), true],
    "own (localStorage)": [(name) => prefixedLocalStorage(`${name}/`), true],
  };
  const results = {};
  for (const [name, [open, shared]] of Object.entries(storages)) results[name] = await testStorage(open, { shared });

  const swaps = {};
  for (const kind of ["local", "session", "memory", "encrypted"]) swaps[kind] = await compareAndSet(builtIn(kind), kind);
  const failures = Object.entries(results).flatMap(([storage, tests]) =>
    tests.filter(({ outcome }) => outcome === "failed").map(({ name, error }) => `${storage}: ${name}: ${error.message}`),
  );
  return { table: contractTable(results), failures, swaps, results: JSON.parse(JSON.stringify(results)) };
}

function adapterOver(probe) {
  return {
    get: (key) => probe.get(key),
    set: (key, value) => probe.set(key, value),
    remove: async (key) => {
      await probe.remove(key);
      await probe.vacate();
    },
    keys: (prefix) => probe.keys(prefix),
    swap: (key, expected, value) => probe.swap(key, expected, value),
    watch: (prefix, listener) => {
      const watching = probe.watch(prefix, listener);
      return () => watching.free();
    },
  };
}

/** Twenty contexts change one value at the same time, from the same: how often that succeeded. */
async function compareAndSet(open, kind) {
  const namespace = `swap-${Math.random()}`;
  const one = open(namespace);
  const contexts = Array.from({ length: 20 }, () => (kind === "memory" ? one : open(namespace)));
  const count = async (expected, values) => {
    const swapped = await Promise.all(contexts.map((context, index) => context.swap("a", expected, values(index))));
    return swapped.filter(Boolean).length;
  };
  const first = await count(undefined, (index) => `first ${index}`);
  const second = await count(await one.get("a"), (index) => `second ${index}`);
  const wrong = await count("something else", () => "wrong");
  const removed = await count(await one.get("a"), () => undefined);
  const left = await one.get("a");
  await one.remove("a");
  return { first, second, wrong, removed, left };
}

/** An adapter whose contexts share a Map, and tell each other. */
function sharedMap(maps, name) {
  if (!maps.has(name)) maps.set(name, { map: new Map(), watchers: new Set() });
  const { map, watchers } = maps.get(name);
  const adapter = memoryAdapter([]);
  const tell = (key) => {
    for (const watcher of watchers) if (watcher.of !== adapter && key.startsWith(watcher.prefix)) watcher.onChange(key);
  };
  return Object.assign(adapter, {
    get: async (key) => map.get(key) ?? null,
    set: async (key, value) => {
      map.set(key, value);
      tell(key);
    },
    remove: async (key) => {
      map.delete(key);
      tell(key);
    },
    keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    watch: (prefix, onChange) => {
      const watcher = { of: adapter, prefix, onChange };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  });
}
