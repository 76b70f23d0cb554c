// What travels between a page and the worker that its client runs in. Structured cloning keeps everything but what an
// error is, and that snapshots are frozen.

import { AuthError } from "./errors.js";

/** Of the messages: a page speaks only to a worker of the same. It is the package's version. */
export const VERSION = "0.1.0";

/** The value with every AuthError as a Map, which no value of an app or a provider is: those are JSON, of any names. */
export function packed(value) {
  if (value instanceof AuthError) {
    const { message, code, retryable, provider, oauth, stepUp } = value;
    return new Map([[message, { code, retryable, provider, oauth, stepUp }]]);
  }
  return mapped(value, packed);
}

/** The other way, frozen. */
export function unpacked(value) {
  if (value instanceof Map) {
    const [[message, options]] = value;
    return new AuthError(message, mapped(options, unpacked));
  }
  return Object.freeze(mapped(value, unpacked));
}

function mapped(value, map) {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member)]));
}
