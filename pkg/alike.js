// When two configurations are one: React's StrictMode and hot reloading call `init` again with a config that says the same
// in other objects. Functions say nothing here, nor does an adapter that is made of them: the last ones given are called
// (lively.js).

/** Equal for configs that say the same, in whatever order. */
export function fingerprint(config) {
  try {
    // Where the module comes from says nothing of the client.
    const { wasm, storage, openUrl, ...others } = config;
    const said = { ...others, storage: isObject(storage) ? {} : storage, openUrl: typeof openUrl };
    return JSON.stringify(said, (name, value) =>
      // The first provider is the default one, so their order says something.
      isObject(value) && !Array.isArray(value) && name !== "providers" ? sorted(value) : value,
    );
  } catch {
    // Cycles and the like: like nothing else. The module will say what is wrong with it.
    return Symbol();
  }
}

const isObject = (value) => typeof value === "object" && value !== null;
const sorted = (value) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
