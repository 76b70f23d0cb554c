// A browser without what the cookie `lacks` names, for the page and what it opens.

for (const name of (document.cookie.match(/lacks=([^;]*)/)?.[1] ?? "").split(" ").filter(Boolean)) {
  const get = () => {
    if (name === "localStorage") throw new DOMException("blocked", "SecurityError");
  };
  Object.defineProperty(window, name, { get, configurable: true });
}
