import { init } from "keyward";

import { config } from "./config.js";

const app = document.querySelector("#app");
const auth = await init(config);

function show({ session }) {
  const button = document.createElement("button");
  button.textContent = session ? "Sign out" : "Sign in";
  button.onclick = () => (session ? auth.signOut() : auth.signIn());
  app.replaceChildren(session ? `Hello, ${session.claims.name ?? session.subject} ` : "", button);
}

auth.subscribe(show);
show(auth.state);
