// Everything that this origin keeps in the browser. A database without records says nothing about anybody, and is left
// out.

export async function dumpStores() {
  return {
    localStorage: { ...localStorage },
    sessionStorage: { ...sessionStorage },
    indexedDB: await dumpDatabases(),
    cookies: document.cookie,
  };
}

/** The long random strings in those stored values that contain the given one. */
export async function secretsStoredWith(secret) {
  const { localStorage: view, indexedDB: databases } = await dumpStores();
  const records = Object.values(databases).flatMap((stores) => Object.values(stores).flat());
  const texts = [...Object.values(view), ...records.map(([, value]) => JSON.stringify(value))];
  const secrets = texts.filter((text) => text.includes(secret)).flatMap((text) => text.match(/[\w.-]{40,}/g));
  return [...new Set(secrets)];
}

async function dumpDatabases() {
  const databases = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    const stores = {};
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([settled(objects.getAllKeys()), settled(objects.getAll())]);
      if (keys.length > 0) stores[store] = keys.map((key, index) => [key, values[index]]);
    }
    database.close();
    if (Object.keys(stores).length > 0) databases[name] = stores;
  }
  return databases;
}

/** Replaces every stored value by `damage(value)`, and returns how many there were. */
export async function corruptDatabases(damage) {
  let changed = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store, "readwrite").objectStore(store);
      for (const key of await settled(objects.getAllKeys())) {
        const value = damage(await settled(objects.get(key)));
        const { keyPath } = objects;
        await settled(keyPath === null ? objects.put(value, key) : objects.put({ ...value, [keyPath]: key }));
        changed += 1;
      }
    }
    database.close();
  }
  return changed;
}

export function corruptLocalStorage(damage) {
  const names = Object.keys(localStorage);
  for (const name of names) localStorage.setItem(name, damage(localStorage.getItem(name)));
  return names.length;
}

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
