// The browser's API for extensions: `browser` where it is the extensions' own, else `chrome`. Looked up when it is used, so that
// importing this is nothing anywhere else.

export const api = () => (globalThis.browser?.runtime ? globalThis.browser : (globalThis.chrome ?? {}));
