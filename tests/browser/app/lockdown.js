// The package whose worker is in Lockdown Mode too. Imported here, and not in a driver's script: Firefox runs those in a
// realm of their own, and the modules that they import.

window.lockdown = await import("/lockdown/index.js");
