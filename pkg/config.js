// What a config says, with the defaults that the module has as well.

export const namespaceOf = (config) => config?.namespace ?? "keyward";

/** Where the view of that client lies, and what it is made for: src/session/view.rs has the same. */
export const viewKey = (config) => `${namespaceOf(config)}:view:${configuration(config)}`;

/** Id, issuer and client id of every provider. */
export function configuration(config) {
  return JSON.stringify(Object.entries(providersOf(config)).map(([id, { issuer, clientId }]) => [id, issuer ?? null, clientId]));
}

/** By id; the first one is the default. */
export const providersOf = (config) => config.providers ?? { default: config };
