import { init } from "keyward";

const auth = await init({ issuer: "https://id.example.com", clientId: "app" });
const show = () => {
  document.getElementById("who").textContent = [auth.state.status, auth.state.session?.claims?.name].filter(Boolean).join(" ");
};
auth.subscribe(show);
show();
document.getElementById("sign-in").onclick = () => auth.signIn();
globalThis.auth = auth;
