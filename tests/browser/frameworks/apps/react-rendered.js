// A page that was rendered on a server, by build.mjs, and is taken over by React in the browser.

import { AuthProvider, RequireAuth, useAuth } from "keyward/react";
import { Component, createElement as h, StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";

export const App = ({ config, seen }) =>
  h(StrictMode, null, h(Boundary, null, h(AuthProvider, { config }, h(Who, { seen }), h(RequireAuth, null, h("p", { id: "guarded" }, "guarded")))));

/** The guard has nothing to show where Keyward cannot start, so it throws. */
class Boundary extends Component {
  state = { error: null };
  static getDerivedStateFromError = (error) => ({ error });
  render() {
    const { error } = this.state;
    return error ? `${error.code} ${error.message.split(":")[0]}` : this.props.children;
  }
}

function Who({ seen }) {
  return h("p", { id: "who" }, seen(useAuth()));
}

if (typeof document !== "undefined") {
  const { config, seen } = await import("./common.js");
  const root = document.querySelector("#root");
  Object.assign(window, { rendered: root.textContent, complaints: [] });
  const complain = (error) => window.complaints.push(String(error));
  // A mistake in the config, where the address asks for one.
  const { mistake } = Object.fromEntries(new URLSearchParams(location.search));
  // As build.mjs has it, so that both show the same.
  const status = (snapshot) => seen(snapshot) && snapshot.status;
  hydrateRoot(root, h(App, { config: { ...config(), ...(mistake && { [mistake]: 1 }) }, seen: status }), { onRecoverableError: complain });
}
