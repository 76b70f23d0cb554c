// What stands between an app and its provider, looked at before anybody signs in: `npx keyward doctor`, or in a page. Nobody signs
// in and nothing is changed: the requests carry a made-up code and a made-up token.

import { placesAt } from "./advice.js";
import { objectIn } from "./object.js";

const isPage = typeof document !== "undefined";
const LEEWAY = 60_000;

/** Resolves to `{ issuer, provider, ok, findings }`; never rejects on account of what it finds. */
export async function examine(options = {}) {
  const given = complete(options);
  const findings = [];
  const visit = { ...given, places: placesAt(given.issuer), findings };
  visit.note = (check, verdict, message, fix = null) => void findings.push({ check, verdict, message, fix });
  if (isUsable(visit) && (await metadata(visit))) {
    members(visit);
    await keys(visit);
    await token(visit);
    await others(visit);
    await authorization(visit);
    refresh(visit);
    await logout(visit);
  }
  await policy(visit);
  return { issuer: given.issuer, provider: visit.places.name, ok: findings.every(({ verdict }) => verdict !== "problem"), findings };
}

function complete({ issuer, clientId, origin, redirectUri, postLogoutRedirectUri, scope = "openid", timeout = 10_000 }) {
  const at = origin ?? (isPage ? location.origin : undefined);
  const uri = redirectUri ?? (at && `${at.replace(/\/$/, "")}/`);
  return { issuer, clientId, origin: at?.replace(/\/$/, ""), redirectUri: uri, postLogoutRedirectUri: postLogoutRedirectUri ?? uri, scope, timeout };
}

const isLocal = ({ hostname }) => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
const parsed = (text) => {
  try {
    return new URL(text);
  } catch {
    return null;
  }
};
const isSafe = (text) => {
  const url = parsed(text);
  return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLocal(url)));
};

function isUsable({ issuer, clientId, origin, note }) {
  if (!isSafe(issuer) || /[?#]/.test(issuer)) {
    note("issuer", "problem", `"${issuer ?? ""}" is no issuer`, "an https URL without query and fragment (http on this machine only)");
    return false;
  }
  if (!clientId) note("client", "skipped", "without a client id nothing is asked that needs one", "--client-id ID");
  if (!origin) note("origin", "skipped", "without the app's origin, CORS, redirect URI and policy are not looked at", "--origin https://app.example.com");
  return true;
}

/** A request as the app's page would send it. `null` and a finding where there is no answer. */
async function ask({ origin, timeout, note, places }, check, url, { form, headers, method, cors = true, ...more } = {}) {
  const options = {
    method: method ?? (form ? "POST" : "GET"),
    headers: { Accept: "application/json", ...(form && { "Content-Type": "application/x-www-form-urlencoded" }), ...headers, ...(!isPage && origin && { Origin: origin }) },
    body: form ? new URLSearchParams(form).toString() : undefined,
    credentials: "omit",
    cache: "no-store",
    redirect: "manual",
    signal: AbortSignal.timeout(timeout),
    ...more,
  };
  const where = bare(url);
  let answer;
  try {
    answer = await fetch(url, options);
  } catch (error) {
    if (error.name === "TimeoutError") note(check, "problem", `${where} did not answer within ${timeout / 1000} s`);
    else if (isPage && (await answersAnybody(url, timeout))) note(check, "problem", `${where} answers, but not to a page of ${origin} (CORS)`, `${places.cors}: ${origin}`);
    else note(check, "problem", `${where} cannot be reached: ${reasonOf(error)}`);
    return null;
  }
  if (isPage || !cors || !origin) return answer;
  const allowed = answer.headers.get("access-control-allow-origin");
  if (allowed === "*" || allowed === origin) return answer;
  const what = allowed ? `allows ${allowed} only` : "has no Access-Control-Allow-Origin";
  note(check, "problem", `${where} answers ${answer.status}, but its answer ${what}: a page of ${origin} cannot read it (CORS)`, `${places.cors}: ${origin}`);
  answer.isKept = true;
  return answer;
}

const answersAnybody = (url, timeout) =>
  fetch(url, { mode: "no-cors", credentials: "omit", signal: AbortSignal.timeout(timeout) }).then(() => true, () => false);
const bare = (url) => url.replace(/[?#].*/s, "");
const reasonOf = (error) => error.cause?.code ?? error.cause?.message ?? error.message;

async function metadata(visit) {
  const { issuer, note } = visit;
  const url = new URL(issuer);
  const base = issuer.replace(/\/$/, "");
  const path = url.pathname.replace(/\/$/, "");
  const places = [`${base}/.well-known/openid-configuration`, `${url.origin}/.well-known/oauth-authorization-server${path}`];
  let tried = "";
  for (const place of places) {
    const before = visit.findings.length;
    const answer = await ask(visit, "metadata", place);
    const failed = visit.findings.splice(before);
    if (!answer) {
      visit.findings.push(...failed);
      return false;
    }
    const text = await answer.text();
    const found = answer.status === 200 ? objectIn(text) : null;
    if (!found) {
      tried += `${tried && "; "}${place} answers ${answer.status || "a redirect"}${answer.status === 200 ? " without JSON metadata" : ""}`;
      continue;
    }
    visit.metadata = found;
    visit.findings.push(...failed);
    if (found.issuer !== issuer) {
      note("issuer", "problem", `the provider calls itself ${JSON.stringify(found.issuer)}, not "${issuer}"`, `issuer: ${JSON.stringify(found.issuer)}, to the letter`);
      return typeof found.issuer === "string";
    }
    note("metadata", "ok", `found at ${place}`);
    clock(visit, answer);
    return true;
  }
  note("metadata", "problem", `no metadata: ${tried}`, "the issuer as the provider's documentation spells it, or `metadata` in the config for a provider without any");
  return false;
}

function clock({ note }, answer) {
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(date)) return note("clock", "skipped", "the answer has no readable Date");
  const off = Date.now() - date;
  if (Math.abs(off) < LEEWAY) return note("clock", "ok", "this machine and the provider agree to the minute");
  const seconds = Math.round(off / 1000);
  note("clock", "warning", `this machine's clock is ${Math.abs(seconds)} s ${off > 0 ? "ahead of" : "behind"} the provider's`, "set this machine's clock; Keyward itself goes by the provider's answers");
}

function members({ metadata: found, note, places }) {
  for (const name of ["authorization_endpoint", "token_endpoint"]) {
    if (!isSafe(found[name])) note("metadata", "problem", `${name} is ${found[name] === undefined ? "missing" : "no https URL"}`, `${name} in the config's \`metadata\``);
  }
  const methods = found.code_challenge_methods_supported;
  if (Array.isArray(methods) && !methods.includes("S256")) note("pkce", "problem", `code_challenge_methods_supported lacks "S256"`, `${places.name}: PKCE with S256`);
  else note("pkce", "ok", methods ? "S256 is supported" : "S256 is not mentioned; it is sent all the same");
  if (Array.isArray(found.response_types_supported) && !found.response_types_supported.includes("code")) {
    note("metadata", "problem", 'response_types_supported lacks "code"', `${places.name}: the authorization code flow`);
  }
}

async function keys(visit) {
  const { metadata: found, note, scope } = visit;
  if (!scope.split(" ").includes("openid")) return;
  if (!isSafe(found.jwks_uri)) return note("keys", "problem", "jwks_uri is missing", 'jwks_uri in the config\'s `metadata`, or idTokenVerification: "tls"');
  const answer = await ask(visit, "keys", found.jwks_uri);
  if (!answer || answer.isKept) return;
  const list = objectIn(await answer.text())?.keys;
  if (Array.isArray(list) && list.length) note("keys", "ok", `${list.length} keys`);
  else note("keys", "problem", `${found.jwks_uri} answers ${answer.status} without keys`);
}

/** A made-up code: whoever refuses it knows the client, and says so to the page. */
async function token(visit) {
  const { metadata: found, clientId, redirectUri, note, places } = visit;
  if (!isSafe(found.token_endpoint) || !clientId) return;
  const form = { grant_type: "authorization_code", client_id: clientId, code: "keyward-doctor", redirect_uri: redirectUri ?? "", code_verifier: "keyward-doctor-".repeat(4) };
  const answer = await ask(visit, "token", found.token_endpoint, { form });
  if (!answer) return;
  const said = objectIn(await answer.text()) ?? {};
  const words = [said.error, said.error_description].filter((word) => typeof word === "string").join(": ").slice(0, 300);
  const isSecret = answer.status === 401 || said.error === "invalid_client" || said.error === "unauthorized_client" || /client_secret|secret/i.test(words);
  if (isSecret && said.error !== "invalid_grant") {
    return note("client", "problem", `the token endpoint refuses client ${clientId} (${words || answer.status}): it is unknown, or not a public client`, `${places.name}: ${places.client}`);
  }
  if (answer.isKept) return;
  if (answer.status >= 500) return note("token", "warning", `the token endpoint answers ${answer.status} to a made-up code`);
  if (said.error) note("token", "ok", `refuses a made-up code, to this page (${said.error})`);
  else note("token", "warning", `answers ${answer.status || "a redirect"} to a made-up code, without an OAuth error`);
}

/** Those that a session can do without. */
async function others(visit) {
  const { metadata: found, clientId, origin, note } = visit;
  if (isSafe(found.userinfo_endpoint) && origin && !isPage) {
    const headers = { "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization" };
    const answer = await ask(visit, "userinfo", found.userinfo_endpoint, { method: "OPTIONS", headers });
    const allowed = answer?.headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
    if (answer && !answer.isKept) {
      if (answer.ok && /(^|[\s,])(authorization|\*)([\s,]|$)/.test(allowed)) note("userinfo", "ok", "may be asked with a token");
      else note("userinfo", "warning", `the preflight answers ${answer.status}, allowed headers: ${allowed || "none"}; getUserInfo will fail, and the ID token's claims are there all the same`);
    }
  }
  if (isSafe(found.revocation_endpoint) && clientId) {
    const before = visit.findings.length;
    const answer = await ask(visit, "revocation", found.revocation_endpoint, { form: { token: "keyward-doctor", client_id: clientId } });
    // Signing out is complete here whatever the provider does.
    for (const finding of visit.findings.slice(before)) finding.verdict = "warning";
    if (answer && !answer.isKept) note("revocation", answer.ok ? "ok" : "warning", answer.ok ? "takes a token back" : `answers ${answer.status}: tokens live on to their end after signing out`);
  } else if (!found.revocation_endpoint) {
    note("revocation", "warning", "there is no revocation_endpoint: after signing out, tokens live on to their end");
  }
}

/** Without a person (`prompt=none`): who leads back with an error knows the client and its redirect URI. */
async function authorization(visit) {
  const { metadata: found, clientId, redirectUri, scope, note, places } = visit;
  if (!isSafe(found.authorization_endpoint) || !clientId || !redirectUri) return;
  const fix = `${places.name}: ${places.redirect}: ${redirectUri}`;
  if (isPage) return note("redirect", "skipped", "a page cannot look at where the provider leads", `npx keyward doctor ... asks; the address to register is ${redirectUri}`);
  const url = new URL(found.authorization_endpoint);
  const parameters = { response_type: "code", client_id: clientId, redirect_uri: redirectUri, scope, state: "keyward-doctor", nonce: "keyward-doctor", code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256", prompt: "none" };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (found.require_pushed_authorization_requests === true) return note("redirect", "skipped", "the provider takes pushed requests only", fix);
  const answer = await ask(visit, "redirect", url.href, { cors: false, headers: { Accept: "text/html" } });
  if (!answer) return;
  const to = parsed(answer.headers.get("location") ?? "");
  const leadsBack = to && to.href.startsWith(redirectUri);
  const error = leadsBack && new URLSearchParams(to.search || to.hash.slice(1)).get("error");
  if (error === "unauthorized_client" || error === "unsupported_response_type") {
    return note("redirect", "problem", `the client may not do this (${error})`, `${places.name}: ${places.client}`);
  }
  if (error === "invalid_scope") return note("redirect", "problem", `the client may not ask for "${scope}" (invalid_scope)`, "another scope, or allow it for the client at the provider");
  if (error === "invalid_request" || error === "server_error") return note("redirect", "warning", `the provider leads back with ${error}: ${to.searchParams.get("error_description") ?? ""}`);
  if (leadsBack) return note("redirect", "ok", `${redirectUri} is registered`);
  if (answer.status >= 400) return note("redirect", "problem", `the authorization endpoint answers ${answer.status} instead of leading back: ${redirectUri} is not registered for client ${clientId}, or the client is unknown`, fix);
  note("redirect", "warning", "the provider shows a page of its own, so this cannot be told", fix);
}

function refresh({ metadata: found, scope, note, places }) {
  const grants = found.grant_types_supported;
  if (Array.isArray(grants) && !grants.includes("refresh_token")) {
    return note("refresh", "warning", "the provider mentions no refresh tokens: a session ends with its access token", `${places.name}: ${places.refresh}`);
  }
  const isOffered = Array.isArray(found.scopes_supported) && found.scopes_supported.includes("offline_access");
  if (isOffered && !scope.split(" ").includes("offline_access")) {
    return note("refresh", "warning", "offline_access is offered and not asked for: many providers give a refresh token only then", `scope: "${scope} offline_access"; ${places.name}: ${places.refresh}`);
  }
  note("refresh", "ok", "refresh tokens are supported; whether this client gets one shows at a sign-in");
}

async function logout(visit) {
  const { metadata: found, clientId, postLogoutRedirectUri, note, places } = visit;
  if (!isSafe(found.end_session_endpoint)) {
    return note("logout", "warning", "there is no end_session_endpoint: signing out here leaves the provider's own session alone", 'prompt: "login" at the next sign-in, where that matters');
  }
  if (isPage || !clientId || !postLogoutRedirectUri) return note("logout", "ok", "there is an end_session_endpoint");
  const url = new URL(found.end_session_endpoint);
  url.searchParams.set("client_id", clientId);
  url.searchParams.set("post_logout_redirect_uri", postLogoutRedirectUri);
  const answer = await ask(visit, "logout", url.href, { cors: false, headers: { Accept: "text/html" } });
  if (!answer) return;
  if (answer.status >= 400) note("logout", "problem", `the logout endpoint answers ${answer.status}: ${postLogoutRedirectUri} is not registered for signing out`, `${places.name}: ${places.logout}: ${postLogoutRedirectUri}`);
  else note("logout", "ok", `signs out, and may lead back to ${postLogoutRedirectUri}`);
}

/** What the app's own page allows. */
async function policy({ origin, timeout, metadata: found, note }) {
  if (!origin || !isSafe(origin)) return;
  let answer;
  let html;
  try {
    answer = await fetch(`${origin}/`, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(timeout) });
    html = await answer.text();
  } catch (error) {
    return note("policy", "skipped", `${origin}/ cannot be reached (${reasonOf(error)}): its Content-Security-Policy was not looked at`);
  }
  const texts = [answer.headers.get("content-security-policy"), ...metaPolicies(html)].filter(Boolean);
  if (!texts.length) return note("policy", "ok", `${origin}/ has no Content-Security-Policy`);
  const before = [];
  const endpoints = ["token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint"].map((name) => parsed(found?.[name])?.origin);
  const origins = [...new Set([parsed(found?.issuer)?.origin, ...endpoints].filter(Boolean))];
  for (const text of texts) {
    const directives = new Map(text.split(";").map((one) => one.trim().split(/\s+/)).map(([name, ...sources]) => [name.toLowerCase(), sources]));
    const sourcesOf = (...names) => names.map((name) => directives.get(name)).find(Boolean);
    const scripts = sourcesOf("script-src", "default-src");
    if (scripts && !scripts.some((source) => ["'wasm-unsafe-eval'", "'unsafe-eval'"].includes(source.toLowerCase()))) {
      before.push(["the policy forbids WebAssembly", `script-src ${scripts.join(" ")} 'wasm-unsafe-eval'`]);
    }
    const connects = sourcesOf("connect-src", "default-src");
    const closed = connects ? origins.filter((one) => !connects.some((source) => covers(source, one, origin))) : [];
    if (closed.length) before.push([`the policy forbids requests to ${closed.join(", ")}`, `connect-src ${[...connects.filter((it) => it !== "'none'"), ...closed].join(" ")}`]);
  }
  for (const [message, fix] of before) note("policy", "problem", message, fix);
  if (!before.length) note("policy", "ok", "the page's Content-Security-Policy allows what Keyward needs");
}

function metaPolicies(html) {
  const tags = html.match(/<meta\b[^>]*>/gi) ?? [];
  return tags.filter((tag) => /http-equiv\s*=\s*["']?content-security-policy["'\s>/]/i.test(tag)).map((tag) => /content\s*=\s*("([^"]*)"|'([^']*)')/i.exec(tag)).map((match) => match?.[2] ?? match?.[3]);
}

/** CSP Level 3, 6.7.2.8, as far as origins go. */
function covers(source, wanted, own) {
  const url = new URL(wanted);
  if (source === "*" || source === url.protocol) return true;
  if (source === "'self'") return wanted === own;
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*\.)?([^:/*]+)(?::(\d+|\*))?(?:\/.*)?$/i.exec(source);
  if (!match) return false;
  const [, scheme, wild, host, port] = match;
  if (scheme && `${scheme.toLowerCase()}:` !== url.protocol && !(scheme === "http" && url.protocol === "https:")) return false;
  if (wild ? !url.hostname.endsWith(`.${host.toLowerCase()}`) : url.hostname !== host.toLowerCase()) return false;
  return port === "*" || (port ?? "") === url.port;
}
