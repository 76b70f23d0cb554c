// What the client of this page touches before anybody sees the page, and a sign for the page before it.

{
  window.touched = [];
  window.wasPrerendering = document.prerendering;
  const watch = (object, name) => {
    const own = object[name];
    object[name] = function (...given) {
      if (document.prerendering && !String(given[0]).includes("/config.json")) touched.push(name);
      return own.apply(this, given);
    };
  };
  watch(history, "replaceState");
  watch(IDBFactory.prototype, "open");
  watch(IDBFactory.prototype, "databases");
  watch(window, "fetch");
  const ready = localStorage.setItem.bind(localStorage, "prerendered", location.href);
  // When whatever begins by itself has begun.
  addEventListener("load", () => setTimeout(ready, 300));
  watch(Storage.prototype, "setItem");
  watch(Storage.prototype, "removeItem");
}
