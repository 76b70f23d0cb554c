import { wasm } from "keyward/inline";
import { AuthProvider, RequireAuth, useAuth } from "keyward/solid";
import { createComponent, createEffect, createMemo, createResource, createSignal } from "solid-js";
import { render } from "solid-js/web";

import { api, config, seen } from "./common.js";

/** An element without JSX: attributes, and children that follow. */
function h(name, { onClick, ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  if (onClick) element.addEventListener("click", onClick);
  for (const child of children) {
    if (typeof child !== "function") {
      element.append(child);
      continue;
    }
    const text = document.createTextNode("");
    element.append(text);
    createEffect(() => (text.data = child() ?? ""));
  }
  return element;
}

const [path, setPath] = createSignal(location.pathname);

function App() {
  return createComponent(AuthProvider, {
    config: { ...config(), wasm },
    get children() {
      // Routers read the address when they are made.
      setPath(location.pathname);
      return createMemo(() => (path() === "/" ? createComponent(Home, {}) : createComponent(RequireAuth, guarded)));
    },
  });
}

const guarded = {
  fallback: (guard) => Waiting(guard),
  get children() {
    return createComponent(Private, {});
  },
};

function Home() {
  const auth = useAuth();
  window.auth = auth;
  const follow = (event) => {
    event.preventDefault();
    history.pushState(null, "", event.target.href);
    setPath(location.pathname);
  };
  return h("main", {}, h("h1", { id: "who" }, () => seen(auth)), h("a", { id: "to-private", href: "/private/?tab=2#part", onClick: follow }, "private"));
}

function Private() {
  const auth = useAuth();
  window.auth = auth;
  const [token] = createResource(() => auth.getAccessToken());
  const [answer, setAnswer] = createSignal("");
  const call = async () => setAnswer((await auth.fetch(`${api}/echo`)).status);
  return h("main", {},
    h("h1", { id: "who" }, () => seen(auth)),
    h("p", { id: "token" }, () => (token.loading ? "waits" : "has a token")),
    h("button", { id: "call", onClick: call }, "Call the API"),
    h("p", { id: "answer" }, answer),
    h("button", { id: "sign-out", onClick: () => auth.signOut() }, "Sign out"),
  );
}

function Waiting({ status, error, signIn }) {
  const text = h("p", { id: "guard" }, error ? `${status} ${error.code}` : status);
  return status === "signed_out" ? h("section", {}, text, h("button", { id: "again", onClick: signIn }, "Sign in again")) : text;
}

render(() => createComponent(App, {}), document.querySelector("#root"));
