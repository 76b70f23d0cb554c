// The store by Svelte's contract, with Svelte's own `subscribe` helpers; a router of a few lines stands for SvelteKit's `load`.

import { createAuth, requireAuth } from "keyward/svelte";
import { mount } from "svelte";
import { config, seen } from "./common.js";
import App from "./svelte/App.svelte";

export const auth = createAuth(config());
const load = { "/": () => {}, "/private/": (url) => requireAuth(auth, { returnTo: url.href }) };

async function navigate(url) {
  await load[url.pathname](url);
  return url.pathname;
}

window.auth = auth;
await auth.ready();
mount(App, { target: document.querySelector("#root"), props: { auth, seen, navigate, first: await navigate(new URL(location.href)) } });
