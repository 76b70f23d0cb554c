// Whose a tab's `sessionStorage` is: browsers copy it into tabs that are duplicated or opened by a page. Whoever holds the lock
// of the mark in it owns it (src/platform/web/tab.rs); until the module is there, a head does.

/**
 * Holds the lock until `signal` aborts; false if somebody else does. Who asks meanwhile whether this is the same tab, as a frame
 * does, is answered.
 */
export function own(storage, namespace, signal) {
  const mark = storage.getItem(`${namespace}:tab`);
  const probe = `${namespace}:probe`;
  return new Promise((resolve, reject) => {
    const hold = (lock) => {
      resolve(lock !== null);
      if (!lock || signal.aborted) return;
      const channel = new BroadcastChannel(namespace);
      channel.onmessage = ({ data }) => data === probe && storage.removeItem(probe);
      return new Promise((release) => {
        const end = () => {
          channel.close();
          release();
        };
        signal.addEventListener("abort", end, { once: true });
      });
    };
    navigator.locks.request(`${namespace}:${mark}`, { ifAvailable: true }, hold).catch(reject);
  });
}
