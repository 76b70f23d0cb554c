// The config as a core gets it: its functions call those of the latest config that says the same (alike.js).

import { toConsole } from "./console.js";

/** What an adapter may have: see StorageAdapter in index.d.ts. */
const METHODS = ["get", "set", "remove", "keys", "watch"];

/** `latest` returns the latest config. */
export function lively(config, latest) {
  const live = withLatest(config, latest);
  return live?.logger === "console" ? { ...live, logger: toConsole } : live;
}

function withLatest(config, latest) {
  try {
    return isObject(config) ? through(config, latest) : config;
  } catch {
    // A getter that throws: for those who read it to say.
    return config;
  }
}

function through(config, latest) {
  const live = Object.assign(Object.create(Object.getPrototypeOf(config)), config);
  const called = (name) => (...values) => latest()[name]?.(...values);
  if (["function", "undefined"].includes(typeof config.logger)) live.logger = called("logger");
  if (typeof config.openUrl === "function") live.openUrl = called("openUrl");
  if (isObject(config.storage)) live.storage = livelyAdapter(config.storage, () => latest().storage);
  return live;
}

function livelyAdapter(adapter, latest) {
  const methods = METHODS.filter((name) => typeof adapter[name] === "function");
  return Object.fromEntries(methods.map((name) => [name, (...values) => latest()[name](...values)]));
}

const isObject = (value) => typeof value === "object" && value !== null;
