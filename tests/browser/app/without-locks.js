// A browser without Web Locks, as old web views are: what the page finds there is undefined.
Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
