// Fixtures for Playwright: a provider that is not there (testing/provider.js, in the test's process) behind the pages of a
// test, and the store of somebody who is signed in; or what a sign-in at a real provider has left, kept fresh.

import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { test as base } from "@playwright/test";

import { FakeProvider } from "./testing/provider.js";

export { expect } from "@playwright/test";

/** Below it, on the app's own origin, the package signs somebody in; the app's server sees nothing of it. */
const PLACE = "/__keyward/";
const PACKAGE = dirname(fileURLToPath(import.meta.url));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

export const test = base.extend({
  keyward: [{}, { option: true }],

  provider: async ({ context, keyward }, use) => {
    const { state, signIn, ...options } = keyward;
    const provider = await FakeProvider.start(options);
    const { origin } = new URL(provider.issuer);
    const isOurs = (url) => url.origin === origin || provider.answers(url.href);
    await context.route(isOurs, (route) => answer(provider, route));
    await use(provider);
    provider.close();
  },

  signIn: async ({ context, provider, baseURL }, use) => {
    await use(async (user = provider.user, config = provider.config) => {
      if (!baseURL) throw new Error("keyward/playwright: signIn needs use.baseURL, the app's address");
      await leaveStore(context, provider, new URL(baseURL).origin, user, config);
    });
  },

  /** With a real provider: what the last test of this worker has left, or a sign-in. */
  storageState: async ({ keyward, browser, storageState, baseURL }, use, { parallelIndex }) => {
    if (!keyward.state) return use(storageState);
    const path = stateOf(keyward, parallelIndex);
    if (!existsSync(path)) {
      const context = await browser.newContext({ baseURL, storageState: undefined });
      await keyward.signIn(await context.newPage());
      await context.storageState({ path, indexedDB: true });
      await context.close();
    }
    await use(path);
  },

  context: async ({ context, keyward }, use, testInfo) => {
    await use(context);
    if (!keyward.state) return;
    const path = stateOf(keyward, testInfo.parallelIndex);
    // What a failed test has left may be the reason.
    if (testInfo.status === testInfo.expectedStatus) await context.storageState({ path, indexedDB: true });
    else await rm(path, { force: true });
  },
});

const stateOf = ({ state }, index) => `${state.slice(0, state.length - extname(state).length)}-${index}${extname(state)}`;

async function answer(provider, route) {
  const asked = route.request();
  const origin = asked.headers().origin ?? "*";
  const cors = {
    "access-control-allow-origin": origin,
    "access-control-allow-headers": asked.headers()["access-control-request-headers"] ?? "*",
    "access-control-allow-methods": "GET, POST",
    "access-control-expose-headers": "DPoP-Nonce, WWW-Authenticate, Retry-After, Date",
  };
  if (asked.method() === "OPTIONS") return route.fulfill({ status: 204, headers: cors });
  const body = asked.method() === "GET" ? undefined : asked.postDataBuffer() ?? undefined;
  const request = new Request(asked.url(), { method: asked.method(), headers: asked.headers(), body });
  let response;
  try {
    response = await provider.handle(request);
  } catch (error) {
    if (error instanceof TypeError) return route.abort("failed");
    return route.fulfill({ status: 400, contentType: "text/plain", body: error.message });
  }
  const to = response.headers.get("location");
  // Not every engine lets an answer that is made up lead on.
  if (to) return route.fulfill({ contentType: "text/html", body: leading(to) });
  const headers = { ...Object.fromEntries(response.headers), ...cors };
  return route.fulfill({ status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) });
}

const leading = (to) => `<!doctype html><script>location.replace(${JSON.stringify(to).replaceAll("<", "\\u003c")})</script>`;

/** Somebody signs in on a page of the app's origin without the app, with the package's own code. */
async function leaveStore(context, provider, origin, user, config) {
  const place = (url) => url.origin === origin && url.pathname.startsWith(PLACE);
  await context.route(place, serve);
  const page = await context.newPage();
  try {
    const before = provider.requests;
    Object.assign(provider, { user, requests: [] });
    await page.exposeFunction("keywardVisit", (url) => provider.visit(url));
    await page.goto(origin + PLACE);
    await page.evaluate(signInHere, { config, entry: `${PLACE}index.js` });
    provider.requests = before;
  } finally {
    await page.close();
    await context.unroute(place, serve);
  }
}

/** In the page. */
async function signInHere({ config, entry }) {
  const { createAuth } = await import(entry);
  const openUrl = async (url) => {
    const back = await globalThis.keywardVisit(url);
    setTimeout(() => auth.handleRedirect(back).catch(() => {}));
  };
  const auth = await createAuth({ ...config, openUrl, autoRefresh: false });
  await auth.signIn({ returnTo: "/" });
  auth.close();
}

async function serve(route) {
  const { pathname } = new URL(route.request().url());
  const name = pathname.slice(PLACE.length);
  if (!name) return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>keyward/playwright</title>" });
  const file = join(PACKAGE, name);
  if (!file.startsWith(PACKAGE + sep) || !existsSync(file)) return route.fulfill({ status: 404 });
  return route.fulfill({ contentType: TYPES[extname(file)], body: await readFile(file) });
}
