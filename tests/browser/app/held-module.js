// Keeps the WebAssembly module on its way for as long as this tab's `sessionStorage` says so: `heldModule.release()`.

{
  let held = false;
  try {
    held = sessionStorage.getItem("module-held") !== null;
  } catch {
    // The story is about a browser that blocks it.
  }
  if (held) {
    const { fetch } = window;
    let release;
    const released = new Promise((resolve) => (release = resolve));
    window.heldModule = { asked: 0, release };
    window.fetch = async (resource, ...rest) => {
      const url = String(resource?.url ?? resource);
      if (url.endsWith(".wasm")) {
        window.heldModule.asked += 1;
        await released;
      }
      return fetch.call(window, resource, ...rest);
    };
  }
}
