// Where an extension's sessions live: a storage adapter over the browser's storage areas. `storage.session` is in memory, is
// gone when the browser closes, and is seen by the extension's own contexts alone; `storage.local` is on the disk. With
// `refreshToken: "local"` a session's record lies on the disk without its access tokens, and whole in `storage.session`. The disk
// is written first, and is the truth: whenever the worker is killed in between, what is lost is an access token at most.

import { AuthError } from "./errors.js";
import { api } from "./extension-api.js";

/** `isSession` says of a key whether a session lies there; everything else may go with the browser. `note` hears what fails. */
export function areas(refreshToken, isSession, note = () => {}) {
  const { session, local } = api().storage;
  const noting = async (work) => {
    try {
      return await work();
    } catch (cause) {
      note(cause);
      throw cause;
    }
  };
  const volatile = {
    get: async (key) => (await session.get(key))[key] ?? null,
    set: (key, value) => noting(() => session.set({ [key]: value })),
    remove: (key) => noting(() => session.remove(key)),
    keys: (prefix) => namesIn(session, prefix),
  };
  if (refreshToken !== "local") return volatile;
  return {
    async get(key) {
      if (!isSession(key)) return volatile.get(key);
      const [kept, whole] = await Promise.all([local.get(key), volatile.get(key)]);
      const rest = kept[key] ?? null;
      return rest !== null && whole !== null && withoutAccess(whole) === rest ? whole : rest;
    },
    async set(key, value) {
      if (!isSession(key)) return volatile.set(key, value);
      await noting(() => local.set({ [key]: withoutAccess(value) }));
      // Without room there the next life of the worker refreshes once more; nothing else is lost.
      await volatile.set(key, value).catch(() => session.remove(key)).catch(() => {});
    },
    async remove(key) {
      if (isSession(key)) await noting(() => local.remove(key));
      await volatile.remove(key);
    },
    async keys(prefix) {
      const kept = (await namesIn(local, prefix)).filter(isSession);
      const others = (await namesIn(session, prefix)).filter((key) => !isSession(key));
      return [...kept, ...others];
    },
  };
}

async function namesIn(area, prefix) {
  const names = area.getKeys ? await area.getKeys() : Object.keys(await area.get(null));
  return names.filter((name) => name.startsWith(prefix));
}

/** A record (src/session/record.rs) may be without these: so is the slim one that a full storage leaves. */
function withoutAccess(text) {
  try {
    const { access, tokens, ...rest } = JSON.parse(text);
    return access === undefined && tokens === undefined ? text : JSON.stringify(rest);
  } catch {
    return text;
  }
}

/** Content scripts share the process of whatever page they are in: they are not to read these areas. */
export async function close(refreshToken) {
  const { session, local } = api().storage;
  const level = { accessLevel: "TRUSTED_CONTEXTS" };
  try {
    // Where there is no such method, `session` is closed to them from the start.
    await session.setAccessLevel?.(level);
    if (refreshToken === "local") await local.setAccessLevel?.(level);
  } catch (cause) {
    throw new AuthError("the storage areas could not be closed to content scripts", { code: "storage", cause });
  }
}
