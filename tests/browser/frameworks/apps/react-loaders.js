// The recipe of docs/react.md for React Router: the callback is a route whose loader says where to go.

import { init } from "keyward";
import { AuthProvider, requireAuth, useAuth } from "keyward/react";
import { createElement as h, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Outlet, redirect, useLoaderData, useRouteError } from "react-router";
import { RouterProvider } from "react-router/dom";

import { api, config, seen } from "./common.js";

const auth = () => init({ ...config(), redirectUri: `${location.origin}/callback.html`, restoreUrl: false });

async function returned() {
  const { redirectResult } = await auth();
  if (redirectResult?.error) throw redirectResult.error;
  const { pathname, search, hash } = new URL(redirectResult?.result.returnTo ?? "/", location.href);
  return pathname + search + hash;
}

const router = createBrowserRouter([
  { path: "/", element: h(Who) },
  { path: "/callback.html", loader: async () => redirect(await returned()), element: null, errorElement: h(Failed) },
  {
    path: "/private/",
    // Beside that of the route in it.
    loader: ({ request }) => requireAuth(auth(), { returnTo: request.url }),
    element: h(Outlet),
    children: [{ index: true, loader: orders, element: h(Orders) }],
  },
]);

async function orders({ request }) {
  await requireAuth(auth(), { returnTo: request.url });
  const response = await (await auth()).fetch(`${api}/echo`);
  return response.status;
}

function Orders() {
  return h("main", null, h(Who), h("p", { id: "answer" }, String(useLoaderData())));
}

function Who() {
  const shown = useAuth();
  window.auth = shown;
  return h("h1", { id: "who" }, seen(shown));
}

function Failed() {
  return h("h1", { id: "failed" }, useRouteError().code);
}

const promise = auth();
createRoot(document.querySelector("#root")).render(h(StrictMode, null, h(AuthProvider, { auth: promise }, h(RouterProvider, { router }))));
