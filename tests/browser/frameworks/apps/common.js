// What the apps have in common: their config, and what a scenario looks at.

import { AuthError } from "keyward";

/** Every instance that was shown, and what nobody caught. */
window.instances = new Set();
window.problems = [];
/** The statuses that were shown, each once in a row. */
window.statuses = [];

addEventListener("error", ({ message }) => problems.push(message));
addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));

window.describe = (error) => ({ isAuthError: error instanceof AuthError, code: error?.code, message: String(error?.message ?? error) });

const { issuer, apis } = await (await fetch("/config.json")).json();
export const [api] = apis;
window.api = api;

/** Anew at each call: apps write it inline. */
export const config = () => ({
  issuer,
  clientId: "keyward-demo",
  scope: "openid profile",
  postLogoutRedirectUri: `${location.origin}/`,
  allowedOrigins: [api],
});

/** The name of who is signed in, for a page to show. */
export function seen({ status, user, auth, error }) {
  if (auth) instances.add(auth);
  if (statuses.at(-1) !== status) statuses.push(status);
  return `${status} ${user?.name ?? "nobody"}${error ? ` ${error.code}` : ""}`;
}
