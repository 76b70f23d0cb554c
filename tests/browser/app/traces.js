// What a visit leaves behind, and what can be done to it.

/** Everything that this tab and its origin keep, empty databases too. */
export async function traces() {
  const databases = [];
  for (const { name } of await indexedDB.databases()) databases.push([name, await rows(name)]);
  return { local: { ...localStorage }, session: { ...sessionStorage }, databases, cookies: document.cookie };
}

/** The records of a database as text; of a key only what it allows. */
async function rows(name) {
  return (await entries(name)).map(([key, value]) => [key, typeof value === "string" ? value : describeKey(value)]);
}

function describeKey(value) {
  if (!(value instanceof CryptoKey)) return "something else";
  return { type: value.type, extractable: value.extractable, algorithm: value.algorithm.name, usages: [...value.usages].sort() };
}

async function entries(name) {
  const database = await open(name);
  try {
    if (!database.objectStoreNames.contains("records")) return [];
    const records = database.transaction("records").objectStore("records");
    const [keys, values] = await Promise.all([settled(records.getAllKeys()), settled(records.getAll())]);
    return keys.map((key, index) => [key, values[index]]);
  } finally {
    database.close();
  }
}

/** Hands each entry to `change`, which returns what is to be in its place; undefined removes it. */
export async function changeRecords(change, name = "keyward") {
  const found = await entries(name);
  const changed = await Promise.all(found.map(async ([key, value]) => [key, await change(key, value, found)]));
  const database = await open(name);
  const records = database.transaction("records", "readwrite").objectStore("records");
  for (const [key, value] of changed) await settled(value === undefined ? records.delete(key) : records.put(value, key));
  database.close();
}

/** Writes what no client of this page has written. */
export async function putRecord(key, value, name = "keyward") {
  const database = await open(name);
  await settled(database.transaction("records", "readwrite").objectStore("records").put(value, key));
  database.close();
}

export const deleteDatabase = (name = "keyward") => settled(indexedDB.deleteDatabase(name)).then(() => null);

const open = (name) => settled(indexedDB.open(name));

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
