// Runs in a project that installed the package and the frameworks: every entry is there and no other, each can be
// imported on a server, where none of them does anything, and the bindings render what they render before anything is known.

import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import "@angular/compiler";

const manifest = createRequire(import.meta.url).resolve("keyward/package.json");
const { exports } = JSON.parse(await readFile(manifest, "utf8"));
const FILES = ["./worker.js", "./keyward_bg.wasm", "./wasm/keyward_bg.wasm", "./package.json"];
const ENTRIES = {
  ".": ["AuthError", "createAuth", "getAccessToken", "init", "signIn", "signOut"],
  "./inline": ["AuthError", "createAuth", "getAccessToken", "init", "signIn", "signOut", "wasm"],
  "./react": ["AuthProvider", "RequireAuth", "requireAuth", "useAccessToken", "useAuth"],
  "./vue": ["authGuard", "createAuth", "requireAuth", "useAuth"],
  "./svelte": ["createAuth", "requireAuth"],
  "./solid": ["AuthProvider", "RequireAuth", "requireAuth", "useAuth"],
  "./angular": ["authGuard", "authInterceptor", "injectAuth", "provideAuth", "requireAuth"],
  "./idle": ["watchIdle"],
  "./offline": ["withOffline"],
  "./exchange": ["exchangeToken"],
  "./logout": ["frontChannelLogout"],
  "./mcp": ["mcpAuth"],
  "./extension": ["AuthError", "init", "redirectUri"],
  "./extension/page": ["AuthError", "connect"],
  "./extension/callback": null,
  "./providers": null,
  "./callback": null,
  "./testing": ["contractTable", "fakeProvider", "storageContract", "testStorage"],
  "./doctor": ["examine"],
  "./vite": ["default"],
  "./rollup": ["default"],
  "./esbuild": ["default"],
};
/** Needs its runner to be imported: see tests/consumers. */
const RUNNERS = ["./playwright"];
assert.deepEqual(Object.keys(exports).sort(), [...Object.keys(ENTRIES), ...RUNNERS, ...FILES].sort());
for (const target of Object.values(exports).flatMap((each) => (typeof each === "string" ? each : Object.values(each)))) {
  await access(join(dirname(manifest), target));
}

const config = { issuer: "https://id.example", clientId: "app" };
const entries = {};
for (const [entry, names] of Object.entries(ENTRIES)) {
  const exported = (entries[entry] = await import(entry.replace(".", "keyward")));
  if (names) assert.deepEqual(Object.keys(exported).sort(), names, entry);
}
const isUnsupported = (error) => error.name === "AuthError" && error.code === "unsupported";
await assert.rejects(entries["./inline"].init(config), isUnsupported);
await assert.rejects(entries["./extension"].init(config), isUnsupported);
await assert.rejects(entries["./extension/page"].connect(), isUnsupported);
assert.equal(entries["./extension"].redirectUri(), null);

// The module is inside.
const module = await WebAssembly.compile(entries["./inline"].wasm.source);
const file = await readFile(join(dirname(manifest), exports["./keyward_bg.wasm"]));
assert.deepEqual(WebAssembly.Module.exports(module), WebAssembly.Module.exports(await WebAssembly.compile(file)));

await onAServer();

async function onAServer() {
  const { createElement, Suspense } = await import("react");
  const { renderToString } = await import("react-dom/server");
  const { AuthProvider, RequireAuth, useAuth } = entries["./react"];
  let seen;
  const Who = () => {
    seen = useAuth();
    return seen.status;
  };
  const page = (child) => createElement(AuthProvider, { config }, child);
  assert.equal(renderToString(page(createElement(Who))), "loading");
  await assert.rejects(seen.getAccessToken(), isUnsupported);
  assert.equal(renderToString(page(createElement(RequireAuth, { fallback: "wait" }, "private"))), "wait");
  assert.throws(() => renderToString(createElement(Who)), /<AuthProvider/);
  const Suspended = () => useAuth({ suspense: true }).status;
  const html = renderToString(page(createElement(Suspense, { fallback: "not known" }, createElement(Suspended))));
  assert.match(html, /not known/);

  const svelte = entries["./svelte"].createAuth(config);
  svelte.subscribe(({ status, isLoading }) => assert.deepEqual([status, isLoading], ["loading", true]))();
  const vue = entries["./vue"].createAuth(config);
  assert.equal(vue.status.value, "loading");
  assert.equal(await entries["./vue"].authGuard(vue)({ fullPath: "/private" }), true);
  for (const auth of [svelte, vue]) {
    assert.equal((await auth.ready()).status, "loading");
    assert.equal(await entries["./svelte"].requireAuth(auth), null, "the page decides");
    await assert.rejects(auth.instance(), isUnsupported);
  }

  const { createComponent, renderToString: render } = await import("solid-js/web");
  const solid = entries["./solid"];
  const Status = () => solid.useAuth().status;
  const props = { config, get children() { return createComponent(Status, {}); } };
  assert.match(render(() => createComponent(solid.AuthProvider, props)), /loading/);
}
