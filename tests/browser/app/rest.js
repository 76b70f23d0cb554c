// When this page has nothing under way in IndexedDB: a tab that is frozen in the middle of a transaction blocks the
// others, so Chromium itself freezes none there. Its driver does.

const LONG_ENOUGH = 300;

let open = 0;
let since = performance.now();

const count = (change) => {
  open += change;
  since = performance.now();
};

const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (...scope) {
  const begun = transaction.apply(this, scope);
  count(1);
  for (const end of ["complete", "abort"]) begun.addEventListener(end, () => count(-1));
  return begun;
};

/** Resolves when no transaction is open, and none was for a while. */
export async function storesRest() {
  while (open > 0 || performance.now() - since < LONG_ENOUGH) {
    await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH / 6));
  }
}
