// What every app without a framework does: it shows who is signed in, signs in at a click, and asks for a token.

export async function start({ init }, more = {}) {
  const show = (id, text) => (document.getElementById(id).textContent = text);
  try {
    const auth = await init({ issuer: "__ISSUER__", clientId: "keyward-demo", scope: "openid profile", ...more });
    const shown = async () => {
      const { status, session } = auth.state;
      show("status", [status, session?.claims?.name].filter(Boolean).join(" "));
      // The module itself: the head alone could not do this.
      if (session) show("token", (await auth.getAccessToken({ forceRefresh: true })) ? "refreshed" : "");
    };
    document.getElementById("sign-in").onclick = () => auth.signIn().catch((error) => show("status", String(error)));
    await shown();
    return auth;
  } catch (error) {
    show("status", `${error.code}: ${error.message}`);
  }
}
