import { init } from "keyward";

const auth = await init({ issuer: "__ISSUER__", clientId: "keyward-demo", scope: "openid profile" });
const { session } = auth.state;
document.querySelector("#app").innerHTML = `<p>${session ? `Hello, ${session.claims.name}` : ""}</p><button>Sign ${session ? "out" : "in"}</button>`;
document.querySelector("button").onclick = () => (session ? auth.signOut() : auth.signIn());
