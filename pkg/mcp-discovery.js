// From an MCP server to its provider: protected resource metadata (RFC 9728), authorization server metadata (RFC 8414,
// OpenID Connect Discovery), and registration (RFC 7591). What comes from the network is believed where it may speak.

import { AuthError } from "./errors.js";
import { objectIn } from "./object.js";

const TIMEOUT = 10_000;
const LONGEST = 512 * 1024;

/** The challenge for a Bearer token (RFC 6750 section 3, RFC 9728 section 5.1). CORS hides it where the server does not expose it. */
export function challengeOf(response) {
  const header = (response.headers.get("WWW-Authenticate") ?? "").slice(0, 8192);
  const start = /(?:^|,)\s*Bearer(?:\s+|$)/i.exec(header);
  if (!start) return {};
  const challenge = {};
  const parameter = /\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/gy;
  parameter.lastIndex = start.index + start[0].length;
  // Ends where another scheme begins.
  for (let found; (found = parameter.exec(header)); ) {
    const name = found[1].toLowerCase();
    const value = found[2]?.replace(/\\(.)/g, "$1") ?? found[3];
    // One that comes twice says nothing (RFC 6750 section 3).
    if (["error", "scope", "resource_metadata"].includes(name)) challenge[name] = name in challenge ? undefined : value;
  }
  return challenge;
}

/** What the server says of itself: `{ resource, issuers, scopes }`. */
export async function discover(server, challenge) {
  const url = new URL(server);
  const path = url.pathname === "/" ? "" : url.pathname;
  const wellKnown = `${url.origin}/.well-known/oauth-protected-resource`;
  const named = challenge.resource_metadata;
  if (named !== undefined && !isUsable(named)) throw wrong(`resource_metadata: ${shown(named)} is no https URL`);
  const places = [...new Set([named ?? wellKnown + path + url.search, wellKnown + path, wellKnown])];
  const { document, at, failures } = await firstOf(named === undefined ? places.slice(0) : [named]);
  if (document) {
    if (!covers(document.resource, url)) {
      throw wrong(`resource: ${shown(document.resource)} in ${at} is not ${server} or what it is below (RFC 9728 section 3.3)`);
    }
    const issuers = texts(document.authorization_servers).filter(isUsable);
    if (issuers.length === 0) throw wrong(`authorization_servers: ${at} names none`);
    return { resource: document.resource, issuers, scopes: texts(document.scopes_supported) };
  }
  // Servers of before 2025-06 are their own provider, and say so only by its metadata.
  const own = await metadataOf(url.origin).catch(() => null);
  if (own) return { resource: server, issuers: [url.origin], scopes: [] };
  const hidden = named === undefined
    ? " If the server names another place in WWW-Authenticate, let it say so to pages: Access-Control-Expose-Headers: WWW-Authenticate, Mcp-Session-Id."
    : "";
  throw new AuthError(`the server's metadata could not be had (RFC 9728): ${failures.join("; ")}.${hidden}`, {
    code: "discovery_failed",
    retryable: failures.some((failure) => failure.startsWith(NETWORK)),
  });
}

/** The provider's metadata, wherever it is of the places that the MCP specification lists. */
export async function metadataOf(issuer) {
  if (!isUsable(issuer)) throw wrong(`issuer: ${shown(issuer)} is no https URL`);
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path ? [`${origin}${path}/.well-known/openid-configuration`] : []),
  ];
  const { document, at, failures } = await firstOf(places);
  if (!document) {
    const retryable = failures.some((failure) => failure.startsWith(NETWORK));
    throw new AuthError(`the metadata of ${issuer} could not be had: ${failures.join("; ")}`, { code: "discovery_failed", retryable });
  }
  if (document.issuer !== issuer) throw wrong(`issuer: ${at} says ${shown(document.issuer)} instead of ${issuer}`);
  return document;
}

/** A public client for this app, and its id. */
export async function register(metadata, { clientName, redirectUri }) {
  const { issuer, registration_endpoint: endpoint } = metadata;
  if (!isUsable(endpoint)) {
    const message =
      `clientId: ${issuer} registers no clients by itself (RFC 7591) and takes no metadata document for one that is given; ` +
      "register the app there by hand and give its id";
    throw new AuthError(message, { code: "invalid_config" });
  }
  const body = JSON.stringify({
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "web",
  });
  const { status, document } = await ask(endpoint, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const { client_id: clientId, error, error_description: description } = document ?? {};
  if (status >= 200 && status < 300 && typeof clientId === "string" && clientId !== "") {
    if ((document.token_endpoint_auth_method ?? "none") === "none") return clientId;
    throw wrong(`token_endpoint_auth_method: ${issuer} registered a client that needs a secret, and a page cannot keep one`);
  }
  const said = typeof error === "string" ? `: ${shown(error)} ${typeof description === "string" ? shown(description) : ""}` : "";
  throw new AuthError(`${issuer} refused to register this app (${status})${said}`, { code: "invalid_config" });
}

const NETWORK = "no answer";

/** The first place that answers with a document. One that is there and cannot be used ends the search. */
async function firstOf(places) {
  const failures = [];
  for (const at of places) {
    try {
      const { status, document } = await ask(at);
      if (status === 200 && document) return { document, at, failures };
      failures.push(`${at} answered ${status}${status === 200 ? " without a JSON object" : ""}`);
    } catch (error) {
      failures.push(error.message);
    }
  }
  return { failures };
}

export async function ask(url, init) {
  let response;
  let text;
  try {
    response = await fetch(url, {
      headers: { Accept: "application/json" },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT),
      ...init,
    });
    text = await response.text();
  } catch (cause) {
    // To a page, a refusal by CORS looks like that, too.
    const message = `${NETWORK} that this page may read from ${url}: if it is up, let it answer with Access-Control-Allow-Origin`;
    throw new AuthError(message, { code: "network", retryable: true, cause });
  }
  return { status: response.status, document: text.length <= LONGEST ? objectIn(text) : null };
}

/** https, or http on this machine; nobody's name and no fragment in it. */
export function isUsable(text) {
  if (typeof text !== "string" || !URL.canParse?.(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(hostname) || hostname.endsWith(".localhost");
  return (protocol === "https:" || (protocol === "http:" && isLoopback)) && !username && !password && !hash;
}

/** Whether tokens for this resource are for that server: it itself, or what it is below. */
function covers(resource, server) {
  if (!isUsable(resource)) return false;
  const { origin, pathname } = new URL(resource);
  const folder = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return origin === server.origin && (server.pathname === pathname || `${server.pathname}/`.startsWith(folder));
}

const texts = (value) => (Array.isArray(value) ? value.filter((text) => typeof text === "string" && text !== "").slice(0, 100) : []);

/** Inert, bounded. */
const shown = (value) => (JSON.stringify(value) ?? "nothing").replace(/[^\x20-\x7e]/g, "?").slice(0, 200);

const wrong = (message) => new AuthError(message, { code: "invalid_metadata" });
