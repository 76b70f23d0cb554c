// A storage that is shared by all clients of one test, as tabs share a browser's.

export class Store {
  #values = new Map();
  #watchers = new Set();

  adapter = {
    get: (key) => this.#values.get(key) ?? null,
    set: (key, value) => {
      this.#values.set(key, value);
      this.#tell(key);
    },
    remove: (key) => {
      if (this.#values.delete(key)) this.#tell(key);
    },
    keys: (prefix) => [...this.#values.keys()].filter((key) => key.startsWith(prefix)),
    watch: (prefix, onChange) => {
      const watcher = { prefix, onChange };
      this.#watchers.add(watcher);
      return () => void this.#watchers.delete(watcher);
    },
  };

  /** Later, as storage events are. */
  #tell(key) {
    queueMicrotask(() => {
      for (const { prefix, onChange } of [...this.#watchers]) if (key.startsWith(prefix)) onChange(key);
    });
  }
}
