// A browser as it is in Lockdown Mode.
delete window.WebAssembly;
