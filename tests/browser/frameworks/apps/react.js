import { AuthProvider, RequireAuth, useAccessToken, useAuth } from "keyward/react";
import { createElement as h, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, Route, Routes } from "react-router";

import { api, config, seen } from "./common.js";

function App() {
  return h(AuthProvider, { config: config(), fallback: h("p", { id: "returning" }, "returning") },
    h(BrowserRouter, null,
      h(Routes, null,
        h(Route, { path: "/", element: h(Home) }),
        h(Route, { path: "/private/", element: h(RequireAuth, { fallback: (guard) => h(Waiting, guard) }, h(Private)) }),
      ),
      h(Suspense, { fallback: h("p", { id: "suspended" }, "not known yet") }, h(Suspended)),
    ),
  );
}

function Home() {
  const auth = useAuth();
  window.auth = auth;
  return h("main", null,
    h("h1", { id: "who" }, seen(auth)),
    h("button", { id: "sign-in", onClick: () => auth.signIn() }, "Sign in"),
    h(Link, { id: "to-private", to: "/private/?tab=2#part" }, "private"),
  );
}

function Private() {
  const auth = useAuth();
  window.auth = auth;
  const { token, isLoading } = useAccessToken();
  const call = async () => {
    const response = await auth.fetch(`${api}/echo`);
    document.querySelector("#answer").textContent = response.status;
  };
  return h("main", null,
    h("h1", { id: "who" }, seen(auth)),
    h("p", { id: "token" }, token ? "has a token" : isLoading ? "waits" : "has none"),
    h("button", { id: "call", onClick: call }, "Call the API"),
    h("p", { id: "answer" }),
    h("button", { id: "sign-out", onClick: () => auth.signOut() }, "Sign out"),
  );
}

function Waiting({ status, error, signIn }) {
  const hasEnded = status === "signed_out" || error;
  return h("section", null,
    h("p", { id: "guard" }, error ? `${status} ${error.code}` : status),
    hasEnded && h("button", { id: "again", onClick: signIn }, "Sign in again"),
  );
}

function Suspended() {
  const { status } = useAuth({ suspense: true });
  return h("p", { id: "known" }, status);
}

createRoot(document.querySelector("#root")).render(h(StrictMode, null, h(App)));
