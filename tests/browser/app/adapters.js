// Storage adapters as an app would write them.

/** Over localStorage, under a prefix of its own: it outlives the redirect to the provider. */
export function localStorageAdapter() {
  return prefixedLocalStorage("adapter:");
}

export function prefixedLocalStorage(prefix) {
  return {
    get: (key) => localStorage.getItem(prefix + key),
    set: (key, value) => localStorage.setItem(prefix + key, value),
    remove: (key) => localStorage.removeItem(prefix + key),
    keys: (start) =>
      Object.keys(localStorage)
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length)),
  };
}

/** What the adapter above holds, to hand it to a context without localStorage. */
export function adapterEntries() {
  const adapter = localStorageAdapter();
  return adapter.keys("").map((key) => [key, adapter.get(key)]);
}

/** Over a Map. */
export function memoryAdapter(entries) {
  const map = new Map(entries);
  return {
    get: (key) => map.get(key) ?? null,
    set: (key, value) => void map.set(key, value),
    remove: (key) => void map.delete(key),
    keys: (start) => [...map.keys()].filter((key) => key.startsWith(start)),
  };
}

/** Each method fails in that way. */
const failing = (fail) => Object.fromEntries(["get", "set", "remove", "keys"].map((method) => [method, fail]));

export const throwingAdapter = () =>
  failing(() => {
    throw new Error("the adapter's own words");
  });

export const rejectingAdapter = () => failing(() => Promise.reject(new Error("the adapter's own words")));
