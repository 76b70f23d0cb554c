// A backend for `mode: "backend"`, to copy: it is the OAuth client (with a secret), keeps the tokens, and gives the page a cookie that no
// script can read. Without dependencies; a real one keeps `sessions` in a database and refreshes under a lock of that.
// Sections are those of OAuth 2.0 for Browser-Based Applications.

import { createHash, randomBytes } from "node:crypto";

const random = () => randomBytes(32).toString("base64url");
const HOURS = 3_600_000;

/** Answers requests below /auth/: `handle(request, response)` is true if it has. `apis` are the origins that it may send tokens to. */
export async function createBackend({ issuer, clientId, clientSecret, origin, apis = [], scope = "openid profile offline_access" }) {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  if (metadata.issuer !== issuer) throw new Error(`the metadata of ${issuer} is of ${metadata.issuer}`);
  const [sessions, pending] = [new Map(), new Map()];
  const isSecure = origin.startsWith("https:");
  const name = isSecure ? "__Host-session" : "session";

  // 6.1.3.2: HttpOnly, SameSite=Strict, Secure, __Host-.
  const cookie = (id, age = 8 * 3600) => `${name}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${isSecure ? "; Secure" : ""}`;
  const idOf = (request) => new RegExp(`(?:^|; )${name}=([\\w-]+)`).exec(request.headers.cookie ?? "")?.[1];
  const json = (response, status, body, headers) => response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers }).end(JSON.stringify(body));
  const redirect = (response, to, headers) => response.writeHead(303, { Location: to, "Cache-Control": "no-store", ...headers }).end();

  async function askForTokens(form) {
    const authorization = `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64")}`;
    const answer = await fetch(metadata.token_endpoint, { method: "POST", headers: { authorization }, body: new URLSearchParams(form), redirect: "error" });
    if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}`);
    const tokens = await answer.json();
    return { ...tokens, until: Date.now() + (tokens.expires_in ?? 3600) * 1000 };
  }

  /** A token that is valid now; one refresh for all requests that want one. */
  async function tokenOf(session, id) {
    if (session.tokens.until > Date.now() + 10_000) return session.tokens.access_token;
    session.refreshing ??= askForTokens({ grant_type: "refresh_token", refresh_token: session.tokens.refresh_token })
      .then((tokens) => (session.tokens = { ...session.tokens, ...tokens }))
      .finally(() => (session.refreshing = null));
    await session.refreshing.catch(() => sessions.delete(id));
    return sessions.has(id) ? session.tokens.access_token : null;
  }

  // 6.1.3.1: the code flow with PKCE; the browser carries the code, and never a token.
  function login(request, response, query) {
    const returnTo = new URL(query.get("returnTo") ?? "/", origin);
    const [state, nonce, verifier] = [random(), random(), random()];
    pending.set(state, { nonce, verifier, returnTo: returnTo.origin === origin ? returnTo.href : origin, at: Date.now() });
    for (const [old, { at }] of pending) if (at < Date.now() - HOURS) pending.delete(old);
    const url = new URL(metadata.authorization_endpoint);
    const asked = { response_type: "code", client_id: clientId, redirect_uri: `${origin}/auth/callback`, scope, state, nonce, code_challenge_method: "S256" };
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    for (const [key, value] of Object.entries({ ...asked, code_challenge: challenge })) url.searchParams.set(key, value);
    for (const wish of ["prompt", "login_hint", "max_age", "acr_values", "ui_locales"]) if (query.has(wish)) url.searchParams.set(wish, query.get(wish));
    // Lax, for it has to come back with the provider's redirect: the response is for the browser that asked.
    redirect(response, url.href, { "Set-Cookie": `login=${state}; Path=/auth/callback; HttpOnly; SameSite=Lax; Max-Age=3600${isSecure ? "; Secure" : ""}` });
  }

  async function callback(request, response, query) {
    const [state, code] = [query.get("state"), query.get("code")];
    const mine = new RegExp(`(?:^|; )login=${state?.replace(/[^\w-]/g, "")}(?:;|$)`).test(request.headers.cookie ?? "");
    const transaction = mine ? pending.get(state) : undefined;
    pending.delete(state);
    if (!transaction || (query.get("iss") ?? issuer) !== issuer) return json(response, 400, { error: "invalid_state" });
    if (!code) return arrive(response, transaction.returnTo);
    const { verifier, nonce, returnTo } = transaction;
    const tokens = await askForTokens({ grant_type: "authorization_code", code, redirect_uri: `${origin}/auth/callback`, code_verifier: verifier });
    // Straight from the token endpoint, by TLS (OpenID Connect Core 3.1.3.7, item 6).
    const claims = JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
    if (claims.iss !== issuer || claims.aud !== clientId || claims.nonce !== nonce || claims.exp < Date.now() / 1000 - 60) throw new Error("the ID token is another's");
    const id = random();
    sessions.set(id, { tokens, claims, scope: (tokens.scope ?? scope).split(" ") });
    // 6.1.3.2.3: always a new id, so that nobody's session is fixed.
    sessions.delete(idOf(request));
    arrive(response, returnTo, { "Set-Cookie": cookie(id) });
  }

  /** A page of ours goes on to where the sign-in began: a Strict cookie is not sent along a redirect that began elsewhere. */
  function arrive(response, to, headers) {
    const target = JSON.stringify(to).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const head = { "Content-Type": "text/html", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer" };
    response.writeHead(200, { ...head, ...headers }).end(`<!doctype html><meta http-equiv="refresh" content='0;url=${target.slice(1, -1).replaceAll("'", "%27")}'>`);
  }

  async function logout(response, session, id, { mode } = {}) {
    sessions.delete(id);
    const token = session?.tokens.refresh_token;
    const body = new URLSearchParams({ token, token_type_hint: "refresh_token", client_id: clientId, client_secret: clientSecret });
    if (token && metadata.revocation_endpoint) await fetch(metadata.revocation_endpoint, { method: "POST", body }).catch(() => {});
    const url = mode !== "local" && session && metadata.end_session_endpoint ? new URL(metadata.end_session_endpoint) : null;
    for (const [key, value] of Object.entries({ id_token_hint: session?.tokens.id_token, client_id: clientId, post_logout_redirect_uri: `${origin}/` })) url?.searchParams.set(key, value);
    json(response, 200, { redirect: url?.href ?? null }, { "Set-Cookie": cookie("", 0) });
  }

  async function proxy(request, response, session, id, query) {
    const url = new URL(query.get("url"));
    if (!apis.includes(url.origin)) return json(response, 403, { error: "this API is not allowed" });
    const token = await tokenOf(session, id);
    if (!token) return json(response, 401, {}, { "X-Keyward": "signed_out" });
    const headers = { authorization: `Bearer ${token}`, ...(request.headers["content-type"] && { "content-type": request.headers["content-type"] }), accept: request.headers.accept ?? "*/*" };
    const body = ["GET", "HEAD"].includes(request.method) ? undefined : await read(request);
    const answer = await fetch(url, { method: request.method, headers, body, redirect: "manual" });
    response.writeHead(answer.status, { "Content-Type": answer.headers.get("content-type") ?? "application/octet-stream", "Cache-Control": "no-store" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  async function handle(request, response) {
    const { pathname, searchParams } = new URL(request.url, origin);
    if (!pathname.startsWith("/auth/")) return false;
    const what = pathname.slice("/auth/".length);
    if (what === "login" && request.method === "GET") return login(request, response, searchParams), true;
    if (what === "callback" && request.method === "GET") return await callback(request, response, searchParams), true;
    // 6.1.3.3.3: a header that no other origin can send without a preflight, which nothing here answers.
    if (request.headers["x-keyward"] !== "1") return json(response, 403, { error: "the header X-Keyward is missing" }), true;
    const id = idOf(request);
    const session = sessions.get(id);
    if (what === "session") {
      const { claims, scope: granted } = session ?? {};
      const about = session && { issuer, subject: claims.sub, clientId, claims, scope: granted };
      return json(response, 200, { session: about ?? null }), true;
    }
    if (what === "logout" && request.method === "POST") return await logout(response, session, id, JSON.parse(await read(request))), true;
    if (!session) return json(response, 401, {}, { "X-Keyward": "signed_out" }), true;
    if (what === "userinfo") return await proxyUserInfo(response, session, id), true;
    if (what === "proxy") return await proxy(request, response, session, id, searchParams), true;
    return json(response, 404, {}), true;
  }

  async function proxyUserInfo(response, session, id) {
    const answer = await fetch(metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${await tokenOf(session, id)}` } });
    const claims = await answer.json();
    return claims.sub === session.claims.sub ? json(response, 200, claims) : json(response, 502, {});
  }

  return { handle };
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
