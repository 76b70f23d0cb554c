// The recipe of docs/react.md for TanStack Router: the callback is a route that says where to go before it loads.

import { createRootRoute, createRoute, createRouter, Outlet, redirect, RouterProvider } from "@tanstack/react-router";
import { init } from "keyward";
import { AuthProvider, requireAuth, useAuth } from "keyward/react";
import { createElement as h, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { api, config, seen } from "./common.js";

const auth = () => init({ ...config(), redirectUri: `${location.origin}/callback.html`, restoreUrl: false });

async function returned() {
  const { redirectResult } = await auth();
  if (redirectResult?.error) throw redirectResult.error;
  const { pathname, search, hash } = new URL(redirectResult?.result.returnTo ?? "/", location.href);
  return pathname + search + hash;
}

const root = createRootRoute({ component: Outlet });
const home = createRoute({ getParentRoute: () => root, path: "/", component: Who });
const callback = createRoute({
  getParentRoute: () => root,
  path: "/callback.html",
  beforeLoad: async () => {
    throw redirect({ href: await returned(), replace: true });
  },
  errorComponent: ({ error }) => h("h1", { id: "failed" }, error.code),
});
const orders = createRoute({
  getParentRoute: () => root,
  path: "/private",
  beforeLoad: ({ location }) => requireAuth(auth(), { returnTo: new URL(location.href, window.location.origin).href }),
  loader: async () => (await (await auth()).fetch(`${api}/echo`)).status,
  component: () => h("main", null, h(Who), h("p", { id: "answer" }, String(orders.useLoaderData()))),
});
const router = createRouter({ routeTree: root.addChildren([home, callback, orders]) });

function Who() {
  const shown = useAuth();
  window.auth = shown;
  return h("h1", { id: "who" }, seen(shown));
}

const promise = auth();
createRoot(document.querySelector("#root")).render(h(StrictMode, null, h(AuthProvider, { auth: promise }, h(RouterProvider, { router }))));
