// A browser whose storage fails as the cookie `storage` says, for the page and what it opens: in place before the
// package is loaded. `storageHeals()` ends it, for this page.

{
  const fault = document.cookie.match(/(?:^|; )storage=([^;]*)/)?.[1];
  const { open, databases, deleteDatabase } = IDBFactory.prototype;
  const { put } = IDBObjectStore.prototype;
  const blocked = () => {
    throw new DOMException("blocked", "SecurityError");
  };
  const full = () => {
    throw new DOMException("full", "QuotaExceededError");
  };

  /** A request that nothing comes of, or an error. */
  const request = (error) => {
    const target = new EventTarget();
    Object.assign(target, { result: undefined, error });
    if (error) setTimeout(() => target.dispatchEvent(new Event("error")), 5);
    return target;
  };

  const opened = (how) => {
    IDBFactory.prototype.open = function (...given) {
      window.opens = (window.opens ?? 0) + 1;
      return how.apply(this, given);
    };
  };

  const faults = {
    "open fails": () => opened(() => request(new DOMException("broken", "UnknownError"))),
    "open finds another version": () => opened(() => request(new DOMException("other version", "VersionError"))),
    "open never answers": () => opened(() => request()),
    "nothing answers": () => {
      opened(() => request());
      IDBFactory.prototype.databases = () => new Promise(() => {});
      IDBFactory.prototype.deleteDatabase = () => request();
    },
    "open throws": () => opened(blocked),
    "is full": () => (IDBObjectStore.prototype.put = full),
    "knows no names": () => (IDBFactory.prototype.databases = undefined),
    "is refused": () => {
      for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
        Object.defineProperty(window, name, { get: blocked, configurable: true });
      }
    },
  };
  faults[fault]?.();

  window.storageHeals = () => {
    Object.assign(IDBFactory.prototype, { open, databases, deleteDatabase });
    IDBObjectStore.prototype.put = put;
  };
}
