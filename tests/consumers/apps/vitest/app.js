import { init } from "keyward";

export async function start() {
  const auth = await init({ issuer: "https://id.example.com", clientId: "web" });
  const show = () => (document.body.textContent = [auth.state.status, auth.state.session?.claims.name].join(" "));
  auth.subscribe(show);
  show();
  return auth;
}
