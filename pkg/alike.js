// When two configurations are one: React's StrictMode and hot reloading call `init` again with a config that says the same
// in other objects. Functions say nothing here, nor does an adapter that is made of them: the last ones given are called.

/** What an adapter may have: see StorageAdapter in index.d.ts. */
const METHODS = ["get", "set", "remove", "keys", "watch"];

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

/** The config for a core: its functions call those of the latest config, which `latest` returns. */
export function lively(config, latest) {
  try {
    return isObject(config) ? withLatest(config, latest) : config;
  } catch {
    // A getter that throws: for those who read it to say.
    return config;
  }
}

function withLatest(config, latest) {
  const live = Object.assign(Object.create(Object.getPrototypeOf(config)), config);
  const through = (name) => (...values) => latest()[name]?.(...values);
  if (["function", "undefined"].includes(typeof config.logger)) live.logger = through("logger");
  if (typeof config.openUrl === "function") live.openUrl = through("openUrl");
  if (isObject(config.storage)) live.storage = livelyAdapter(config.storage, () => latest().storage);
  return live;
}

function livelyAdapter(adapter, latest) {
  const methods = METHODS.filter((name) => typeof adapter[name] === "function");
  return Object.fromEntries(methods.map((name) => [name, (...values) => latest()[name](...values)]));
}

const isObject = (value) => typeof value === "object" && value !== null;
const sorted = (value) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
