// Runs in a project that installed the package: the contract passes a good adapter, and names what is wrong with others.

import assert from "node:assert/strict";

import { contractTable, storageContract, testStorage } from "keyward/testing";

const stores = new Map();
const good = (name) => {
  if (!stores.has(name)) stores.set(name, new Map());
  const map = stores.get(name);
  return {
    get: (key) => map.get(key) ?? null,
    set: (key, value) => void map.set(key, value),
    remove: async (key) => void map.delete(key),
    keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
  };
};

const outcomes = async (open, options) =>
  Object.fromEntries((await testStorage(open, options)).map(({ name, outcome }) => [name, outcome]));
const failing = async (open) =>
  Object.entries(await outcomes(open, { timeout: 300 })).filter(([, outcome]) => outcome === "failed").map(([name]) => name);

const passed = await outcomes(good);
assert.equal(Object.keys(passed).length, storageContract.length);
assert.deepEqual([...new Set(Object.values(passed))].sort(), ["passed", "skipped"]);
assert.equal(Object.values(passed).filter((outcome) => outcome === "skipped").length, 2, "it has no watch");
assert.equal(Object.values(await outcomes(good, { shared: false })).filter((outcome) => outcome === "skipped").length, 4);
assert.match(contractTable({ good: await testStorage(good) }), /^what was set is read back.* passed$/m);

// Each fault is found by the test that is about it.
const faults = [
  ["a key that was never set is null", (it) => ({ ...it, get: (key) => it.get(key) ?? "" })],
  ["what was removed is gone, and removing what is not there is no error", (it) => ({ ...it, remove() {} })],
  ["keys lists those with the prefix, each once, and no others", (it) => ({ ...it, keys: () => it.keys("") })],
  ["a prefix is taken as it is: no wildcards, no patterns", (it) => ({ ...it, keys: (prefix) => it.keys("").filter((key) => new RegExp(`^${prefix.replace(/[[\\]/g, "\\$&")}`).test(key)) })],
  ["texts come back as they were written", (it) => ({ ...it, set: (key, value) => it.set(key, value.trim()) })],
  ["a value may have 512 kB", (it) => ({ ...it, set: (key, value) => it.set(key, value.slice(0, 4096)) })],
  ["stores of different names have nothing in common", (() => { const all = new Map(); return () => ({ get: (key) => all.get(key) ?? null, set: (key, value) => void all.set(key, value), remove: (key) => void all.delete(key), keys: (prefix) => [...all.keys()].filter((key) => key.startsWith(prefix)) }); })()],
  ["what one context has written, another one reads at once", (it) => { const cache = new Map(); return { ...it, get: (key) => { if (!cache.has(key)) cache.set(key, it.get(key)); return cache.get(key); } }; }],
  ["watch tells another context which keys change, and those with the prefix only", (it) => ({ ...it, watch: () => () => {} })],
  ["what was set is read back, the latest of each key", (it) => ({ ...it, set: () => new Promise(() => {}) })],
];
for (const [name, spoil] of faults) {
  const found = await failing((store) => spoil(good(store)));
  assert.ok(found.includes(name), `"${name}" is not among what fails: ${found.join("; ")}`);
}
