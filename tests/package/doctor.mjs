// Runs in a project that installed the package: the doctor beside the local provider, whose script is the argument, and beside
// providers that have one thing wrong each. What was asked is asserted beside what was found.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

import { examine } from "keyward/doctor";

const of = (report, verdict) => report.findings.filter((finding) => finding.verdict === verdict).map(({ check }) => check);
const found = (report, check) => report.findings.find((finding) => finding.check === check);
const took = async (work) => {
  const started = performance.now();
  const value = await work();
  return [value, performance.now() - started];
};

/** A server of this file's own. `answer(request, base)` returns `{ status, headers, body }`. */
async function served(answer) {
  const seen = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, body });
    const result = (await answer({ method: request.method, url: new URL(request.url, base), body, headers: request.headers }, base)) ?? { status: 404 };
    const { status = 200, headers = {}, json } = result;
    response.writeHead(status, json ? { "Content-Type": "application/json", ...headers } : headers).end(json ? JSON.stringify(json) : (result.body ?? ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${server.address().port}`;
  return { base, seen, close: () => (server.close(), server.closeAllConnections()) };
}

const open = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization" };
const ORIGIN = "http://127.0.0.1:9";

/** A provider with nothing wrong, but for what `spoil` has for that path; `change` changes the metadata. */
const provider = (spoil = {}, change = {}) =>
  served(({ url, method, headers }, base) => {
    const spoilt = spoil[url.pathname];
    if (spoilt) return typeof spoilt === "function" ? spoilt(url, base) : spoilt;
    const metadata = {
      issuer: base,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/jwks`,
      userinfo_endpoint: `${base}/userinfo`,
      revocation_endpoint: `${base}/revoke`,
      end_session_endpoint: `${base}/logout`,
      grant_types_supported: ["authorization_code", "refresh_token"],
      code_challenge_methods_supported: ["S256"],
      ...change,
    };
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return { headers: open, json: metadata };
      case "/jwks":
        return { headers: open, json: { keys: [{ kty: "EC" }] } };
      case "/token":
        return { status: 400, headers: open, json: { error: "invalid_grant" } };
      case "/userinfo":
        return { status: method === "OPTIONS" && headers["access-control-request-headers"] === "authorization" ? 204 : 400, headers: open };
      case "/revoke":
        return { headers: open };
      case "/authorize":
        return { status: 303, headers: { Location: `${url.searchParams.get("redirect_uri")}?error=login_required&state=${url.searchParams.get("state")}` } };
      case "/logout":
        return { status: 302, headers: { Location: url.searchParams.get("post_logout_redirect_uri") } };
    }
  });

async function look(spoil, change, options) {
  const { base, seen, close } = await provider(spoil, change);
  const report = await examine({ issuer: base, clientId: "app", origin: ORIGIN, timeout: 1000, ...options });
  close();
  return { report, seen, base };
}

// Nothing is wrong.
{
  const [{ report, seen }, time] = await took(() => look());
  assert.deepEqual([of(report, "problem"), of(report, "warning")], [[], []], JSON.stringify(report.findings));
  assert.equal(report.ok, true);
  const asked = seen.map(({ method, url }) => `${method} ${url.split("?")[0]}`);
  assert.deepEqual(asked, ["GET /.well-known/openid-configuration", "GET /jwks", "POST /token", "OPTIONS /userinfo", "POST /revoke", "GET /authorize", "GET /logout"]);
  assert.match(seen[5].url, /prompt=none.*|code_challenge_method=S256/);
  assert.match(seen[2].body, /code=keyward-doctor/);
  console.log(`a healthy provider: ${time.toFixed(0)} ms`);
}

// One thing is wrong, and is said with what mends it.
const shut = { headers: {} };
const cases = [
  ["another issuer", {}, { issuer: "https://id.example/" }, "issuer", /to the letter/],
  ["no metadata", { "/.well-known/openid-configuration": { status: 404 } }, {}, "metadata", /spells it/],
  ["a page in the place of metadata", { "/.well-known/openid-configuration": { body: "<html>" } }, {}, "metadata", /spells it/],
  ["metadata that is a list", { "/.well-known/openid-configuration": { json: [] } }, {}, "metadata", /spells it/],
  ["metadata kept from pages", { "/.well-known/openid-configuration": (_, base) => ({ json: { issuer: base, authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token`, jwks_uri: `${base}/jwks` } }) }, {}, "metadata", /origins for CORS: http:\/\/127/],
  ["no token endpoint", {}, { token_endpoint: undefined }, "metadata", /token_endpoint/],
  ["an endpoint that is no URL", {}, { token_endpoint: "javascript:alert(1)" }, "metadata", /token_endpoint/],
  ["plain PKCE only", {}, { code_challenge_methods_supported: ["plain"] }, "pkce", /S256/],
  ["keys kept from pages", { "/jwks": { ...shut, json: { keys: [{}] } } }, {}, "keys", /CORS/],
  ["no keys", { "/jwks": { headers: open, json: { keys: [] } } }, {}, "keys", null],
  ["a token endpoint that is kept from pages", { "/token": { status: 400, json: { error: "invalid_grant" } } }, {}, "token", /CORS/],
  ["another origin is allowed", { "/token": { status: 400, headers: { "Access-Control-Allow-Origin": "https://else.example" }, json: { error: "invalid_grant" } } }, {}, "token", /CORS/],
  ["a confidential client", { "/token": { status: 401, headers: open, json: { error: "invalid_client" } } }, {}, "client", /public client/],
  ["a secret is demanded in words", { "/token": { status: 400, headers: open, json: { error: "invalid_request", error_description: "client_secret is missing." } } }, {}, "client", /public client/],
  ["a redirect URI that is not registered", { "/authorize": { status: 400, body: "redirect_uri" } }, {}, "redirect", /redirect URIs: http:\/\/127.0.0.1:9\//],
  ["a scope that is not allowed", { "/authorize": (url) => ({ status: 302, headers: { Location: `${url.searchParams.get("redirect_uri")}?error=invalid_scope` } }) }, {}, "redirect", /scope/],
  ["a logout address that is not registered", { "/logout": { status: 400 } }, {}, "logout", /post-logout/],
  ["nobody answers", { "/token": () => new Promise(() => {}) }, {}, "token", null],
];
let slowest = 0;
for (const [name, spoil, change, check, fix] of cases) {
  const [{ report }, time] = await took(() => look(spoil, change));
  slowest = Math.max(slowest, time);
  assert.equal(report.ok, false, name);
  assert.deepEqual([...new Set(of(report, "problem"))], [check], `${name}: ${JSON.stringify(report.findings)}`);
  const said = report.findings.find(({ verdict }) => verdict === "problem").fix;
  if (fix) assert.match(said, fix, name);
}
console.log(`a broken provider: at most ${slowest.toFixed(0)} ms`);

// What a session can do without is told, and is no problem.
const mild = [
  ["revocation", { "/revoke": { status: 400 } }, {}],
  ["revocation", {}, { revocation_endpoint: undefined }],
  ["userinfo", { "/userinfo": { status: 401, headers: { "Access-Control-Allow-Origin": "*" } } }, {}],
  ["logout", {}, { end_session_endpoint: undefined }],
  ["refresh", {}, { grant_types_supported: ["authorization_code"] }],
  ["refresh", {}, { scopes_supported: ["openid", "offline_access"] }],
  ["redirect", { "/authorize": { body: "<html>" } }, {}],
  ["clock", { "/.well-known/openid-configuration": (_, base) => ({ headers: { ...open, Date: new Date(Date.now() - 600_000).toUTCString() }, json: { issuer: base, token_endpoint: `${base}/token`, authorization_endpoint: `${base}/authorize`, jwks_uri: `${base}/jwks`, revocation_endpoint: `${base}/revoke`, end_session_endpoint: `${base}/logout` } }) }, {}],
];
for (const [check, spoil, change] of mild) {
  const { report } = await look(spoil, change);
  assert.deepEqual([report.ok, of(report, "warning")], [true, [check]], `${check}: ${JSON.stringify(report.findings)}`);
}

// The app's policy.
const policies = [
  ["default-src 'self'", ["policy", "policy"]],
  ["script-src 'self'", ["policy"]],
  ["script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' https://*.example", ["policy"]],
  ["script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*", []],
  ["script-src 'self' 'wasm-unsafe-eval'; connect-src http:", []],
  ["img-src 'none'", []],
];
for (const [policy, problems] of policies) {
  for (const how of ["header", "meta"]) {
    const app = await served(() => (how === "header" ? { headers: { "Content-Security-Policy": policy } } : { body: `<meta content="${policy}" http-equiv="Content-Security-Policy">` }));
    const { report } = await look({}, {}, { origin: app.base });
    app.close();
    assert.deepEqual(of(report, "problem"), problems, `${policy} in a ${how}: ${JSON.stringify(report.findings)}`);
  }
}

// What is not said is not asked for, and what cannot be an issuer is said.
{
  const { report, seen } = await look({}, {}, { clientId: undefined, origin: undefined });
  assert.deepEqual(seen.map(({ url }) => url), ["/.well-known/openid-configuration", "/jwks"]);
  assert.deepEqual(of(report, "skipped"), ["client", "origin"]);
  for (const issuer of ["", undefined, "id.example", "http://id.example", "javascript:alert(1)", "https://id.example/?a"]) {
    assert.deepEqual(of(await examine({ issuer }), "problem"), ["issuer"], issuer);
  }
  const keycloak = await examine({ issuer: "http://localhost:9/realms/staff", timeout: 500 });
  assert.deepEqual([keycloak.provider, keycloak.ok, of(keycloak, "problem")], ["Keycloak", false, ["metadata"]]);
}

// The local provider, by the command: in words, and as JSON.
const { startProvider } = await import(pathToFileURL(process.argv[2]));
const app = await served(() => ({ body: "<!doctype html>" }));
const origin = app.base.replace("127.0.0.1", "localhost");
const local = await startProvider({ appOrigins: [origin] });
const run = (...words) =>
  new Promise((resolve) => execFile("node_modules/.bin/keyward", words, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));
const healthy = await run("doctor", local.issuer, "--client-id", "keyward-demo", "--origin", origin, "--scope", "openid offline_access", "--json");
const report = JSON.parse(healthy.stdout);
assert.deepEqual([healthy.code, of(report, "problem"), found(report, "redirect").verdict], [0, [], "ok"], healthy.stdout);
const other = await run("doctor", local.issuer, "--client-id", "keyward-demo", "--origin", "http://localhost:1");
assert.equal(other.code, 1);
assert.match(other.stdout, /PROBLEM  token .*CORS[\s\S]*PROBLEM  redirect .*\n.*-> .*http:\/\/localhost:1\//);
const stranger = await run("doctor", local.issuer, "--client-id", "nobody", "--origin", origin);
assert.match(stranger.stdout, /PROBLEM  client /);
for (const words of [[], ["heal"], ["doctor"], ["doctor", "a", "b"], ["doctor", "x", "--colour"]]) assert.equal((await run(...words)).code, 2, words.join(" "));
assert.match((await run("--help")).stdout, /--client-id/);
await local.close();
app.close();
process.exit();
