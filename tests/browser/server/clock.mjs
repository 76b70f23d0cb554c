// The provider's clock, which scenarios set. Imported before anything that might keep `Date.now` for itself.

const now = Date.now;
let ahead = 0;

Date.now = () => now() + ahead;

export const setClock = (milliseconds) => {
  ahead = milliseconds;
};

/** The machine's own time. */
export const machineTime = () => now();
