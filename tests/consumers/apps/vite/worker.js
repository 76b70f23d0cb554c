import { createAuth } from "keyward";

try {
  const auth = await createAuth({ issuer: "__ISSUER__", clientId: "keyward-demo", redirectUri: `${location.origin}/` });
  postMessage(auth.state.status + ((await auth.getAccessToken().catch(() => null)) ? " with a token" : ""));
} catch (error) {
  postMessage(`${error.code}: ${error.message}`);
}
