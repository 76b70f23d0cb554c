// A small MCP server (streamable HTTP, JSON answers) with a provider of its own that its clients have never heard of: they find it
// by RFC 9728 and register there. What both received is kept.
//
//   /mcp                 401 with a challenge unless the token is this server's; the tool "whoami", and "change", which needs
//                        a scope that nobody is granted at first.
//   settings             { registers, documents, exposes, hidesMetadata }: what the two do, and what a page may read.

import { createPublicKey, verify } from "node:crypto";
import { fileURLToPath } from "node:url";

import { startAppServer } from "../../../www/provider/app-server.mjs";
import { listenOnLoopback } from "../../../www/provider/listen.mjs";
import { startProvider } from "../../../www/provider/provider.mjs";
import { createRecorder } from "./recorder.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where the app's metadata document would be; nobody but the provider asks for it. */
const DOCUMENT = "https://app.example/oauth/client.json";

export function createMcp({ accessTokenTtl }) {
  let running = null;
  return {
    start: async (settings) => {
      running = await start({ accessTokenTtl, registers: true, documents: false, exposes: true, ...settings });
      return running.addresses;
    },
    look: () => ({ mcp: running.calls, provider: running.recorder.log() }),
    reset: () => {
      running.calls.length = 0;
      running.recorder.reset();
    },
    change: (settings) => void Object.assign(running.settings, settings),
  };
}

async function start({ accessTokenTtl, ...settings }) {
  const recorder = createRecorder();
  const calls = [];
  const appOrigins = [];
  const apis = {};
  const registration = async (context, next) => {
    // oidc-provider lets no page register by itself: a server for MCP clients has to.
    if (context.path !== "/reg") return next();
    context.set("Access-Control-Allow-Origin", "*");
    context.set("Access-Control-Allow-Headers", "content-type");
    if (context.method === "OPTIONS") return void (context.status = 204);
    await next();
  };
  const provider = await startProvider({
    appOrigins,
    accessTokenTtl,
    apis,
    middleware: [recorder.middleware, registration],
    adjust: (configuration) => {
      configuration.features.registration = { enabled: settings.registers };
      configuration.features.clientIdMetadataDocument = { enabled: settings.documents, ack: "draft-02" };
      configuration.clientBasedCORS = () => true;
      configuration.scopes = ["offline_access"];
      configuration.issueRefreshToken = () => true;
      const documents = { [DOCUMENT]: () => document(appOrigins) };
      configuration.fetch = (url, options) => (documents[url] ? Response.json(documents[url]()) : fetch(url, options));
    },
  });

  const listener = await listenOnLoopback(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const send = (status, body, headers = {}) =>
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body && JSON.stringify(body));
    const path = request.url.split("?", 1)[0];
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name");
    response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE");
    if (settings.exposes) response.setHeader("Access-Control-Expose-Headers", "WWW-Authenticate, Mcp-Session-Id");
    if (request.method === "OPTIONS") return send(204);
    if (path === "/.well-known/oauth-protected-resource/mcp" && !settings.hidesMetadata) {
      return send(200, { resource: server, authorization_servers: [provider.issuer], scopes_supported: ["mcp:read"] });
    }
    if (path !== "/mcp") return send(404, {});
    if (request.method !== "POST") return send(405, {}, { Allow: "POST" });

    const message = JSON.parse(Buffer.concat(chunks).toString());
    const call = { method: message.method, tool: message.params?.name ?? null, status: 200 };
    calls.push(call);
    const token = request.headers.authorization?.replace(/^Bearer /, "");
    const claims = token && (await claimsOf(token, provider.issuer, server));
    const metadata = `resource_metadata="http://localhost:${listener.port}/.well-known/oauth-protected-resource/mcp"`;
    if (!claims || settings.refuses) {
      call.status = 401;
      call.came = Boolean(token);
      const error = token ? 'error="invalid_token", ' : "";
      return send(401, {}, { "WWW-Authenticate": `Bearer ${error}scope="mcp:read", ${metadata}` });
    }
    call.scope = claims.scope;
    call.client = claims.client_id;
    if (message.params?.name === "change" && !claims.scope.split(" ").includes("mcp:write")) {
      call.status = 403;
      return send(403, {}, { "WWW-Authenticate": `Bearer error="insufficient_scope", scope="mcp:write", ${metadata}` });
    }
    const result = answerTo(message, claims);
    return result === null ? send(202) : send(200, { jsonrpc: "2.0", id: message.id, result });
  }, 0);
  const server = `http://localhost:${listener.port}/mcp`;
  apis[server] = "mcp:read mcp:write";

  const roots = { "/": folder("../../../target/xtask/frameworks/mcp/"), "/pkg/": folder("../../../pkg/"), "/landing/": folder("../app/") };
  const { origin } = await startAppServer({ issuer: provider.issuer, apis: [`http://localhost:${listener.port}`], roots });
  appOrigins.push(origin);
  return { addresses: { app: origin, server, issuer: provider.issuer }, recorder, calls, settings };
}

function answerTo({ method, params }, { sub, scope }) {
  const schema = { type: "object" };
  switch (method) {
    case "initialize":
      return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "small", version: "1" } };
    case "tools/list":
      return { tools: ["whoami", "change"].map((name) => ({ name, inputSchema: schema })) };
    case "tools/call":
      return { content: [{ type: "text", text: `${sub} ${scope}` }] };
    default:
      return method.startsWith("notifications/") ? null : {};
  }
}

function document(origins) {
  const redirect_uris = origins.map((origin) => `${origin}/landing/callback.html`);
  const client = { client_id: DOCUMENT, client_name: "By its document", token_endpoint_auth_method: "none", application_type: "native" };
  return { ...client, redirect_uris, grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
}

const keysOf = new Map();

/** The claims of a token that this provider signed (RFC 9068), for that audience, and that is still valid. */
async function claimsOf(token, issuer, audience) {
  try {
    const [header, payload, signature] = token.split(".");
    const { kid } = JSON.parse(Buffer.from(header, "base64url"));
    if (!keysOf.has(issuer)) keysOf.set(issuer, (await (await fetch(`${issuer}/jwks`)).json()).keys);
    const keys = keysOf.get(issuer);
    const key = createPublicKey({ key: keys.find((each) => each.kid === kid), format: "jwk" });
    const isGood = verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    return isGood && claims.iss === issuer && claims.aud === audience && claims.exp > Date.now() / 1000 ? claims : null;
  } catch {
    return null;
  }
}
