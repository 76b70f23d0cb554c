// The tests' page at an origin with a backend (www/backend), its provider, and an API: what the backend and the provider were asked.

import { fileURLToPath } from "node:url";

import { createBackend } from "../../../www/backend/server.mjs";
import { startAppServer } from "../../../www/provider/app-server.mjs";
import { startProvider } from "../../../www/provider/provider.mjs";
import { startApi } from "./api.mjs";
import { createRecorder } from "./recorder.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

export function createBackends({ accessTokenTtl }) {
  let seen = null;
  return {
    look: () => ({ backend: seen.asked, provider: seen.recorder.log() }),
    start: async () => {
      const recorder = createRecorder();
      const asked = [];
      let backend = null;
      let provider = null;
      const app = await startAppServer({
        port: 0,
        issuer: "http://localhost",
        apis: [],
        roots: { "/": folder("../app/"), "/pkg/": folder("../../../pkg/") },
        backend: async (request, response) => {
          const { pathname } = new URL(request.url, "http://localhost");
          if (pathname === "/config.json") {
            const config = { issuer: provider.issuer, clientId: "backend", apis: [api.origin] };
            return response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(config)), true;
          }
          if (pathname.startsWith("/auth/")) asked.push({ method: request.method, path: pathname });
          return backend.handle(request, response);
        },
      });
      const client = { client_id: "backend", client_secret: "a secret of the tests", client_name: "Backend", grant_types: ["authorization_code", "refresh_token"] };
      const addresses = { redirect_uris: [`${app.origin}/auth/callback`], post_logout_redirect_uris: [`${app.origin}/`] };
      provider = await startProvider({
        appOrigins: [app.origin],
        accessTokenTtl,
        middleware: [recorder.middleware],
        adjust: (configuration) => {
          configuration.clients = [{ ...client, ...addresses }];
        },
      });
      const api = await startApi(provider);
      backend = await createBackend({ issuer: provider.issuer, clientId: "backend", clientSecret: client.client_secret, origin: app.origin, apis: [api.origin] });
      seen = { asked, recorder };
      return { app: app.origin, issuer: provider.issuer, api: api.origin };
    },
  };
}
