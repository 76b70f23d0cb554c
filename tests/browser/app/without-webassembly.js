// A browser as it is in Lockdown Mode.
// Not deleted: Firefox would define it anew at its next mention.
Object.defineProperty(window, "WebAssembly", { value: undefined });
