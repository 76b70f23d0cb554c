// The app's server: its page, and an API with which the page keeps the row of whoever is asking. There is no other row that
// it could reach.
//
//   PUT    /api/linked-account   stores the token that the request came with
//   DELETE /api/linked-account   sets it and its expiry to null
//   GET    /api/linked-account   says what is there, without the token

import { fileURLToPath } from "node:url";

import { listenOnLoopback } from "../provider/listen.mjs";
import { staticFiles } from "../provider/static-files.mjs";
import { openDatabase } from "./database.mjs";
import { createVerifier } from "./tokens.mjs";

const directory = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const ROOTS = { "/": directory("page/"), "/pkg/": directory("../../pkg/") };

/**
 * - `providers`: issuers by the app's name for them.
 * - `database`: where the rows are, as libsql writes it.
 * - `watch`: called with each request to the API, for tests.
 */
export async function startLinkedAccounts({ port = 0, providers, database, watch = () => {} }) {
  const rows = await openDatabase(database);
  let handle = (_request, response) => response.writeHead(503).end();
  const listener = await listenOnLoopback((request, response) => handle(request, response), port);
  const origin = `http://localhost:${listener.port}`;
  // The resource (RFC 8707) that the page asks tokens for, and their audience.
  const audience = `${origin}/api`;

  const config = JSON.stringify({ providers, clientId: "keyward-linked-accounts", resource: audience });
  const serveFile = staticFiles({ roots: ROOTS, connect: Object.values(providers), headersOf: () => ({}) });
  const api = linkedAccountApi({ rows, verify: createVerifier({ providers, audience }) });

  async function answer(request, response) {
    const pathname = request.url.split("?", 1)[0];
    if (pathname === "/config.json") return send(response, 200, config);
    if (pathname !== "/api/linked-account") return serveFile(request, response, pathname);
    watch(request);
    const { status, body, headers } = await api(request);
    send(response, status, JSON.stringify(body), headers);
  }

  handle = (request, response) => {
    answer(request, response).catch((error) => {
      console.error("linked accounts: %s", error.stack);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };

  return {
    origin,
    audience,
    rows: () => rows.all(),
    close: async () => {
      await listener.close();
      await rows.close();
    },
  };
}

function linkedAccountApi({ rows, verify }) {
  const methods = {
    GET: async ({ account }) => ({ row: shown(await rows.find(account)) }),
    PUT: async ({ account, grant }) => ({ stored: await rows.store(account, grant), row: shown(await rows.find(account)) }),
    DELETE: async ({ account, grant }) => ({ cleared: await rows.clear(account, grant) }),
  };

  return async (request) => {
    const act = methods[request.method];
    if (!act) return { status: 405, body: {}, headers: { Allow: Object.keys(methods).join(", ") } };
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (!token) return refusal("no access token came with the request", 'Bearer realm="linked-accounts"');
    let asking;
    try {
      asking = await verify(token, { mayHaveEnded: request.method === "DELETE" });
    } catch {
      return { status: 503, body: { error: "the provider's keys cannot be had" }, headers: { "Retry-After": "5" } };
    }
    if (!asking) return refusal("the access token is not valid here", 'Bearer realm="linked-accounts", error="invalid_token"');
    return { status: 200, body: await act(asking) };
  };
}

function refusal(error, challenge) {
  return { status: 401, body: { error }, headers: { "WWW-Authenticate": challenge } };
}

/** What the page may know of the row. The token stays: who needs it has it. */
function shown(row) {
  return row && {
    provider: row.provider,
    providerAccountId: row.providerAccountId,
    hasToken: row.accessToken !== null,
    expiresAt: row.expiresAt,
    updatedAt: row.updatedAt,
  };
}

function send(response, status, body, headers = {}) {
  response.writeHead(status, { ...headers, "Content-Type": "application/json", "Cache-Control": "no-store" }).end(body);
}
