import * as keyward from "keyward";

import { start } from "./app.js";

// With a base, the app's address is the one to come back to.
const { href } = new URL(import.meta.env.BASE_URL, location.href);
start(keyward, { redirectUri: href, ...(import.meta.env.MODE === "isolated" && { isolation: "worker" }) });

// A client in a worker of the app's own, over the page's session.
if (import.meta.env.MODE === "beside") {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => document.body.append(Object.assign(document.createElement("p"), { id: "worker", textContent: data }));
}
