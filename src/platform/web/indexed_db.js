// One database of IndexedDB with one object store, for the module (indexed_db.rs). It tells with the event "gone" that
// somebody has deleted it. What fails rejects: with "absent" where there is no IndexedDB, else with anything.
//
// Reading makes no database: there is one from the first write until `vacate` finds it empty.

import { unzoned } from "./page.js";

/** The one object store of the database. */
const STORE = "records";
/**
 * Browsers have been seen never to answer, and a lock is held meanwhile. Twice this time: what slept with the page has
 * its first timer due as soon as the page wakes up, but not the one that it starts.
 */
const PATIENCE = 5_000;
/** The same for a connection, which somebody who wants to sign in waits for. It may come later, and is used then. */
const OPENING_PATIENCE = 2_500;
/** A database that did not answer is asked again after so long, with nobody waiting for it. */
const SILENCE = 30_000;

export class Database extends EventTarget {
  #name;
  /**
   * A connection, or the way to it, which all who wait share. `vacant`: it was to read, and there is nothing to be read.
   * `silent`: it was waited for in vain, and nobody waits any more until it does answer.
   */
  #opening = null;
  /** What it begins with, should it be made: keys and values. */
  #seed = [];

  constructor(name) {
    super();
    this.#name = name;
  }

  /** Whether there is an IndexedDB at all. */
  get exists() {
    return typeof factory()?.open === "function";
  }

  /** Known without opening it. */
  async isMissing() {
    try {
      // Where storage is blocked, Chromium answers the question with a rejection more than anybody can catch.
      void globalThis.localStorage;
      return !(await factory().databases()).some(({ name }) => name === this.#name);
    } catch {
      return false;
    }
  }

  /** The keys in that range, each with its value after it; undefined if there is no database. */
  async rows(from, to) {
    let keys;
    let values;
    const isThere = await this.#transact("readonly", (records) => {
      const range = IDBKeyRange.bound(from, to);
      keys = records.getAllKeys(range);
      values = records.getAll(range);
    });
    return isThere ? keys.result.flatMap((key, index) => [key, values.result[index]]) : undefined;
  }

  /** Makes the database, if there is none yet, with these rows in it from its first moment on. */
  async found(rows) {
    this.#seed = rows;
    try {
      await this.#transact("readwrite", () => {});
    } finally {
      this.#seed = [];
    }
  }

  /** False, and no change, if the text there is not this one. Undefined stands for none. */
  swap(key, expected, text) {
    return this.#exchange(key, (current) => (typeof current === "string" ? current : undefined) === expected, text);
  }

  /** The same for what is no text, and is either there or not. */
  swapObject(key, isThere, object) {
    return this.#exchange(key, (current) => isObject(current) === isThere, object);
  }

  /** Compares and writes in one transaction, which is what makes it atomic between tabs. */
  async #exchange(key, isExpected, value) {
    // Nothing is there, and nothing is to be: no database is made for that.
    if (value === undefined && !(await this.rows(key, key))?.length) return isExpected(undefined);
    let isSwapped = false;
    await this.#transact("readwrite", (records) => {
      const current = records.get(key);
      // Inside the event, where the transaction is certainly still active.
      const swap = () => {
        if (!isExpected(current.result)) return;
        if (value === undefined) records.delete(key);
        else records.put(value, key);
        isSwapped = true;
      };
      on(current, { success: () => orAbort(records.transaction, swap) });
    });
    return isSwapped;
  }

  /** What is issued at once, with the object store, is done when this is ready. False if it was to read and there is no database. */
  async #transact(mode, issue) {
    const isReading = mode === "readonly";
    let version;
    // A connection that was closed since (deleted database, cleared site data) refuses: then a new one is opened.
    // So does a database that somebody is about to delete; the one after it has the object store again.
    for (let attempt = 0; attempt < 4; attempt++) {
      if (isReading && !this.#opening) {
        const isMissing = await within(OPENING_PATIENCE, this.isMissing()).catch(() => null);
        if (isMissing) return false;
        if (isMissing === null) this.#open(mode).silent = true;
      }
      const opening = this.#open(mode, version);
      if (opening.silent) throw undefined;
      let refusal;
      const connection = await within(OPENING_PATIENCE, opening.opened).catch((cause) => void (refusal = cause ?? "late"));
      if (refusal === "late") {
        opening.silent = true;
        throw refusal;
      }
      const transaction = begun(connection, mode);
      if (transaction) {
        issue(transaction.objectStore(STORE));
        const done = new Promise((resolve, reject) => {
          on(transaction, { complete: resolve, abort: reject });
        });
        await within(PATIENCE, done).catch((cause) => {
          // What ends it otherwise than by an event has waited in vain.
          opening.silent = cause === undefined;
          throw cause;
        });
        return true;
      }
      // Only this one: another call may have begun to open the next.
      if (this.#opening === opening) this.#opening = null;
      const lacksStore = connection && !hasStore(connection);
      if (isReading && (opening.vacant || lacksStore)) return false;
      if (lacksStore) {
        connection.close();
        version = connection.version + 1;
      } else if (!opening.vacant && version === undefined) {
        if (!connection) throw refusal;
      } else {
        version = undefined;
      }
    }
    throw undefined;
  }

  /**
   * Deletes the database if nothing is in it but what `spare` is the key of. Other tabs' connections close themselves, and
   * what others write at the same time is not lost: the emptiness is judged, the object store removed and the deletion
   * queued in one exclusive transaction. Whoever comes later finds no store, and waits in the queue.
   */
  async vacate(spare) {
    const isOther = (key) => key !== spare;
    const rows = (await this.rows("", "\uffff")) ?? [];
    const opening = this.#opening;
    if (!opening) return;
    this.#opening = null;
    const { name, version } = await opening.opened.then((connection) => {
      if (rows.filter((_, index) => index % 2 === 0).some(isOther)) {
        this.#opening = opening;
        throw undefined;
      }
      connection.close();
      return connection;
    });
    const request = factory().open(name, version + 1);
    const deleted = new Promise((resolve, reject) => {
      const judge = (connection, transaction) => {
        // Where there is no store, somebody else was faster.
        const keys = transaction.objectStore(STORE).getAllKeys();
        const success = () => {
          if (keys.result.some(isOther)) return transaction.abort();
          connection.deleteObjectStore(STORE);
          on(remove(connection), { success: resolve, error: reject });
        };
        on(keys, { success });
      };
      const upgradeneeded = () => orAbort(request.transaction, () => judge(request.result, request.transaction));
      on(request, { upgradeneeded, error: reject });
    });
    // What could not be deleted is empty all the same.
    await within(PATIENCE, deleted);
  }

  #open(mode, version) {
    const isOver = this.#opening?.silent && performance.now() - this.#opening.since > SILENCE;
    if (!this.#opening || isOver) {
      this.#opening = this.#begin(mode, version);
      this.#opening.silent = Boolean(isOver);
    }
    return this.#opening;
  }

  /** Whatever version there is, unless it is said; a new one gets the object store. */
  #begin(mode, version) {
    // Where there is a database that refuses, other tabs may use it: that is a failure, and not its absence.
    if (!this.exists) throw "absent";
    const request = factory().open(this.#name, version);
    const seed = mode === "readonly" ? [] : this.#seed;
    const opening = { since: performance.now(), vacant: false, silent: false };
    const upgradeneeded = () => {
      opening.silent = false;
      const connection = request.result;
      if (mode === "readonly") {
        // WebKit keeps an empty database if its making is aborted.
        opening.vacant = true;
        remove(connection);
      } else if (!hasStore(connection)) {
        const records = connection.createObjectStore(STORE);
        for (const [key, value] of seed) {
          try {
            records.put(value, key);
          } catch {
            // What cannot be stored is not there to be found.
          }
        }
      }
    };
    const tell = (connection, newVersion) => {
      // A newer version is the beginning of our own deletion, after a sign-out; so is a missing store.
      if (this.#opening === opening && newVersion == null && hasStore(connection)) this.dispatchEvent(new Event("gone"));
    };
    opening.opened = new Promise((resolve, reject) => {
      const success = () => {
        opening.silent = false;
        const connection = request.result;
        resolve(connection);
        // It is about to be deleted.
        if (opening.vacant) return;
        const versionchange = ({ newVersion }) => {
          // Whoever deletes the database need not wait for this tab.
          connection.close();
          tell(connection, newVersion);
        };
        on(connection, { versionchange, close: () => tell(connection) });
      };
      const error = (event) => {
        opening.silent = false;
        reject(event);
      };
      on(request, { upgradeneeded, success, error });
    });
    // Perhaps nobody waits for it.
    opening.opened.catch(() => {});
    return opening;
  }
}

/** Looking at it may throw. */
function factory() {
  try {
    return globalThis.indexedDB;
  } catch {
    return undefined;
  }
}

/** A transaction, if the connection is open and has the object store. */
function begun(connection, mode) {
  try {
    return connection.transaction(STORE, mode);
  } catch {
    return null;
  }
}

/** What throws in an event would be reported to the page as an error of its own. */
function orAbort(transaction, work) {
  try {
    work();
  } catch {
    transaction.abort();
  }
}

function on(target, listeners) {
  for (const [type, listener] of Object.entries(listeners)) target.addEventListener(type, listener);
}

/** While a database without object stores is open for the first time, so that nobody comes in between: the request. */
function remove(connection) {
  on(connection, { versionchange: () => connection.close() });
  return factory().deleteDatabase(connection.name);
}

const hasStore = (connection) => connection.objectStoreNames.contains(STORE);

const isObject = (value) => typeof value === "object" && value !== null;

/** The same, or rejected with undefined after twice that time. */
function within(time, work) {
  let timer;
  const wait = (then) => (timer = unzoned("setTimeout")(then, time));
  const patience = new Promise((_, reject) => wait(() => wait(() => reject())));
  return Promise.race([work, patience]).finally(() => unzoned("clearTimeout")(timer));
}
