// The contract of a storage, as tests without a test runner: for authors of storage adapters, in whatever runner they use.

/** Every test of the contract. `run` rejects with what is wrong. */
export const storageContract = [
  test("a key that was never set is null", async ({ open }) => {
    const storage = await open();
    equal(await storage.get("nothing"), null);
    same(await storage.keys(""), []);
  }),

  test("what was set is read back, the latest of each key", async ({ open }) => {
    const storage = await open();
    await storage.set("a", "1");
    await storage.set("b", "2");
    await storage.set("a", "3");
    equal(await storage.get("a"), "3");
    equal(await storage.get("b"), "2");
  }),

  test("what was removed is gone, and removing what is not there is no error", async ({ open }) => {
    const storage = await open();
    await storage.set("a", "1");
    await storage.set("b", "2");
    await storage.remove("a");
    await storage.remove("a");
    await storage.remove("never set");
    equal(await storage.get("a"), null);
    equal(await storage.get("b"), "2");
    same(await storage.keys(""), ["b"]);
    await storage.set("a", "3");
    equal(await storage.get("a"), "3");
  }),

  test("keys lists those with the prefix, each once, and no others", async ({ open }) => {
    const storage = await open();
    const keys = ["app:session:1", "app:session:2", "app:sessions", "app:transaction:1", "App:session:3", "other:app:session:4", "app_session:5", "app"];
    for (const key of keys) await storage.set(key, "x");
    await storage.set("app:session:1", "y");
    same(await storage.keys("app:session:"), ["app:session:1", "app:session:2"]);
    same(await storage.keys("app:"), ["app:session:1", "app:session:2", "app:sessions", "app:transaction:1"]);
    same(await storage.keys("app:session:1"), ["app:session:1"]);
    same(await storage.keys("app:session:11"), []);
    same(await storage.keys(""), keys);
  }),

  test("a prefix is taken as it is: no wildcards, no patterns", async ({ open }) => {
    const storage = await open();
    const keys = ["a%b", "a_b", "a*b", "a.b", "a[b", "a\\b", "axb"];
    for (const key of keys) await storage.set(key, "x");
    for (const key of keys) same(await storage.keys(key), [key]);
    for (const prefix of ["a%", "a_", "a*", "a."]) same(await storage.keys(prefix), [`${prefix}b`]);
  }),

  test("keys may be called like anything", async ({ open }) => {
    const storage = await open();
    const keys = ["__proto__", "constructor", "toString", "length", "key", "getItem", "0", " ", "ä/ö?#ü", "日本", "a\nb"];
    for (const key of keys) equal(await storage.get(key), null, key);
    for (const key of keys) await storage.set(key, `of ${key}`);
    for (const key of keys) equal(await storage.get(key), `of ${key}`, key);
    same(await storage.keys(""), keys);
    for (const key of keys) await storage.remove(key);
    same(await storage.keys(""), []);
  }),

  test("texts come back as they were written", async ({ open }) => {
    const storage = await open();
    const texts = ["", " ", "null", "undefined", "0", "{\"a\":[1,null]}", "line\nline\r\n\ttab", "\u0000\u0001\u007f", "äöü ß é", "日本語 עברית العربية", "👩‍👩‍👧‍👦 🇺🇳 𝒳", "e\u0301 is not é", "\u2028\u2029\ufeff"];
    for (const text of texts) {
      await storage.set("text", text);
      equal(await storage.get("text"), text);
    }
  }),

  test("a value may have 512 kB", async ({ open }) => {
    const storage = await open();
    const text = "0123456789abcdeö".repeat(32 * 1024);
    await storage.set("big", text);
    const read = await storage.get("big");
    equal(read?.length, text.length);
    equal(read === text, true);
  }),

  test("there may be a hundred keys", async ({ open }) => {
    const storage = await open();
    const keys = Array.from({ length: 100 }, (_, index) => `many:${index}`);
    await Promise.all(keys.map((key) => storage.set(key, key)));
    same(await storage.keys("many:"), keys);
    for (const key of keys) equal(await storage.get(key), key);
    await Promise.all(keys.map((key) => storage.remove(key)));
    same(await storage.keys("many:"), []);
  }),

  test("writers of one key at the same time leave one of their values, whole", async ({ open }) => {
    const storage = await open();
    const values = Array.from({ length: 20 }, (_, index) => String(index).repeat(1000));
    await Promise.all(values.map((value) => storage.set("contended", value)));
    equal(values.includes(await storage.get("contended")), true);
    same(await storage.keys("contended"), ["contended"]);
  }),

  test("writers of different keys at the same time disturb nobody", async ({ open }) => {
    const storage = await open();
    await storage.set("still", "here");
    await Promise.all(["a", "b", "c", "d"].flatMap((key) => [storage.set(key, "1"), storage.remove(`not ${key}`)]));
    same(await storage.keys(""), ["still", "a", "b", "c", "d"]);
    equal(await storage.get("still"), "here");
  }),

  test("stores of different names have nothing in common", async ({ open }) => {
    const [storage, other] = [await open(), await open("another")];
    await storage.set("a", "1");
    await storage.set("b", "2");
    equal(await other.get("a"), null);
    await other.set("a", "3");
    await other.remove("b");
    same(await other.keys(""), ["a"]);
    equal(await storage.get("a"), "1");
    equal(await storage.get("b"), "2");
  }),

  shared("what one context has written, another one reads at once", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    for (let round = 0; round < 10; round += 1) {
      await one.set("a", `one ${round}`);
      equal(await other.get("a"), `one ${round}`);
      await other.set("a", `other ${round}`);
      equal(await one.get("a"), `other ${round}`);
    }
    await one.remove("a");
    equal(await other.get("a"), null);
    same(await other.keys(""), []);
  }),

  shared("reading and then writing under a Web Lock loses no change of another context", async ({ open, name }) => {
    const contexts = [await open(), await open()];
    const locks = globalThis.navigator?.locks ?? queue();
    const increment = (storage) =>
      locks.request(`${name}:lock`, async () => {
        const count = Number(await storage.get("count"));
        await storage.set("count", String(count + 1));
      });
    await Promise.all(Array.from({ length: 30 }, (_, index) => increment(contexts[index % 2])));
    equal(await contexts[0].get("count"), "30");
  }),

  watched("watch tells another context which keys change, and those with the prefix only", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const seen = new Set();
    const stop = other.watch("mine:", (key) => seen.add(key));
    await one.set("theirs:a", "1");
    await one.set("mine:a", "1");
    await until(() => seen.has("mine:a"), "the change of mine:a is told");
    equal(await other.get("mine:a"), "1");
    seen.clear();
    await one.remove("mine:a");
    await until(() => seen.has("mine:a"), "its removal is told");
    equal(seen.has("theirs:a"), false);
    stop();
  }),

  watched("watch is silent after it was ended, and others go on", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const [ended, going] = [new Set(), new Set()];
    const stop = other.watch("", (key) => ended.add(key));
    const stopLater = other.watch("", (key) => going.add(key));
    stop();
    await one.set("a", "1");
    await until(() => going.has("a"), "the change is told to the other listener");
    equal(ended.size, 0);
    stopLater();
  }),
];

/**
 * Runs the contract over a storage and says of each test what came of it; never rejects.
 *
 * `open(name)` is a new context (as another tab would be) over the store of that name, which is empty at first.
 */
export async function testStorage(open, { shared = true, timeout = 10_000 } = {}) {
  const results = [];
  for (const { name, needs, run } of storageContract) {
    const store = `contract-${Math.random().toString(36).slice(2)}`;
    const opened = [];
    const context = {
      name: store,
      open: async (other = "") => {
        const storage = await open(store + other);
        opened.push(storage);
        return storage;
      },
    };
    const result = { name, outcome: "passed", error: null };
    results.push(result);
    try {
      const watches = typeof (await open(`${store}-look`)).watch === "function";
      if ((needs !== null && !shared) || (needs === "watch" && !watches)) result.outcome = "skipped";
      else await bounded(run(context), timeout);
    } catch (error) {
      Object.assign(result, { outcome: "failed", error: error instanceof Error ? error : new Error(String(error)) });
    }
    // Nothing of one test is there in the next.
    await bounded(emptied(opened), timeout).catch(() => {});
  }
  return results;
}

/** The outcomes as text: a row for each test, a column for each storage. */
export function contractTable(resultsByStorage) {
  const storages = Object.entries(resultsByStorage);
  const width = Math.max(...storageContract.map(({ name }) => name.length));
  const row = (first, cells) => [first.padEnd(width), ...cells.map((cell) => cell.padEnd(10))].join("  ").trimEnd();
  const outcome = (results, name) => results.find((result) => result.name === name)?.outcome ?? "missing";
  return [
    row("", storages.map(([storage]) => storage)),
    ...storageContract.map(({ name }) => row(name, storages.map(([, results]) => outcome(results, name)))),
  ].join("\n");
}

function test(name, run) {
  return { name, needs: null, run };
}

/** Of storages that several contexts share. */
function shared(name, run) {
  return { name, needs: "shared", run };
}

/** Of those that have `watch`. */
function watched(name, run) {
  return { name, needs: "watch", run };
}

async function emptied(storages) {
  for (const storage of storages) for (const key of await storage.keys("")) await storage.remove(key);
}

async function bounded(work, timeout) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not settled within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function until(holds, what) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain: ${what}`);
}

function equal(actual, expected, about = "") {
  if (actual !== expected) throw new Error(`${about && `${about}: `}expected ${shown(expected)}, found ${shown(actual)}`);
}

/** The same texts, in whatever order. */
function same(actual, expected) {
  if (!Array.isArray(actual)) throw new Error(`expected an array, found ${shown(actual)}`);
  equal(shown([...actual].sort()), shown([...expected].sort()));
}

const shown = (value) => (JSON.stringify(value) ?? String(value)).slice(0, 300);

/** Where there are no Web Locks: one after the other in this context. */
function queue() {
  let last = Promise.resolve();
  return { request: (_, work) => (last = last.then(work)) };
}
