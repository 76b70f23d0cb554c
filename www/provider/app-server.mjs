// The app's own origin: the demo, the package, the Rust demo, and the API that the access token opens.

import { fileURLToPath } from "node:url";

import { listenOnLoopback } from "./listen.mjs";
import { protectedApi } from "./protected-api.mjs";
import { staticFiles } from "./static-files.mjs";

const directory = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** URL prefixes and the directories behind them. */
export const DEFAULT_ROOTS = {
  "/": directory("../demo/"),
  "/pkg/": directory("../../pkg/"),
  "/rust/": directory("../yew/dist/"),
};

/**
 * Starts the app server on a loopback port (0: any free one). `providers` has a `{ issuer, name }` by id, the first one is
 * the app's own, with `issuer`; all of them run in the same process. Pages may connect to them, and to the origins in
 * `apis`; `isolation` is what the app is told to ask for; `headersOf` gives further headers of a page by its path. `backend`
 * is asked first, and says whether it has answered.
 */
export async function startAppServer({
  port = 0,
  issuer,
  providers = { fern: { issuer, name: "Fern ID" } },
  roots = DEFAULT_ROOTS,
  apis = [],
  isolation,
  headersOf = () => ({}),
  backend = () => false,
}) {
  const issuers = Object.values(providers).map((provider) => provider.issuer);
  const clients = { clientId: "keyward-demo", rustClientId: "keyward-rust" };
  const config = JSON.stringify({ issuer, ...clients, providers, apis, isolation });
  const serveApi = protectedApi({ issuers });
  const serveFile = staticFiles({ roots, connect: [...issuers, ...apis], headersOf });

  async function handle(request, response) {
    const pathname = request.url.split("?", 1)[0];
    if (await backend(request, response)) return;
    switch (pathname) {
      case "/config.json":
        return response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(config);
      case "/api/me":
        return serveApi(request, response);
      default:
        return serveFile(request, response, pathname);
    }
  }

  const listener = await listenOnLoopback((request, response) => {
    handle(request, response).catch((error) => {
      console.error("app server: %s", error.stack);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  }, port);
  return { origin: `http://localhost:${listener.port}`, close: listener.close };
}
