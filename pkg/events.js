// Made from the list in src/session/event.rs, and checked against it: see docs/events.md.

export const EVENTS = [
  "signedIn",
  "signedOut",
  "tokenRefreshed",
  "refreshFailed",
  "reauthRequired",
  "signInFailed",
  "storageDegraded",
];
