// For a page of an extension that a sign-in in a tab comes back to: it says so to the background, which closes the tab.

(globalThis.browser?.runtime ? globalThis.browser : globalThis.chrome)?.runtime?.sendMessage({ keyward: "response" });
