// What travels between the background and the pages of an extension. Chromium writes messages as JSON, which loses what an error
// is: it travels as an object with one member of a name of ours. What of an app or a provider begins like that name gets one more
// of its first character.

import { AuthError } from "./errors.js";

const MARK = "\u0000";
const ERROR = `${MARK}error`;

export function packed(value) {
  if (value instanceof AuthError) {
    const { message, code, retryable, provider, oauth, stepUp } = value;
    return { [ERROR]: { message, code, retryable, provider, oauth, stepUp } };
  }
  return mapped(value, packed, (name) => (name.startsWith(MARK) ? MARK + name : name));
}

/** The other way, frozen. */
export function unpacked(value) {
  const error = value?.[ERROR];
  if (error) return new AuthError(error.message, mapped(error, unpacked, (name) => name));
  return Object.freeze(mapped(value, unpacked, (name) => (name.startsWith(MARK) ? name.slice(1) : name)));
}

function mapped(value, map, rename) {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [rename(name), map(member)]));
}

/** What a port of ours is called. */
export const portName = (namespace = "keyward") => `keyward:${namespace}`;

export function toBase64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
