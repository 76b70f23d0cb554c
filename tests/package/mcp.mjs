// Runs in a project that installed the package: how an MCP server's provider is found and the app registered there, over a
// network that answers what each line says; and the command that writes a client's metadata document.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { mcpAuth } from "keyward/mcp";

const folder = dirname(createRequire(import.meta.url).resolve("keyward/package.json"));
const { challengeOf, discover, metadataOf, register } = await import(join(folder, "mcp-discovery.js"));

let network = {};
let asked = [];
globalThis.fetch = async (url, init = {}) => {
  asked.push([init.method ?? "GET", String(url), init]);
  assert.deepEqual([init.credentials, init.redirect, init.referrerPolicy], ["omit", "error", "no-referrer"]);
  const answer = network[url];
  if (answer === undefined) return new Response("nothing", { status: 404 });
  if (answer === "refused") throw new TypeError("Failed to fetch");
  return typeof answer === "string" ? new Response(answer) : Response.json(answer.body ?? answer, { status: answer.body ? answer.status : 200 });
};
const answering = (answers) => ([network, asked] = [answers, []]);
const places = () => asked.map(([, url]) => url);
const rejects = (promise, code, pattern, retryable = false) =>
  assert.rejects(promise, (error) => {
    assert.deepEqual([error.name, error.code, error.retryable], ["AuthError", code, retryable], error.message);
    assert.match(error.message, pattern);
    return true;
  });

const SERVER = "https://mcp.example/api/mcp";
const WELL_KNOWN = "https://mcp.example/.well-known/oauth-protected-resource";
const RESOURCE = { resource: SERVER, authorization_servers: ["https://id.example"], scopes_supported: ["read"] };
const challenged = (header) => challengeOf(new Response("", { status: 401, headers: header === null ? {} : { "WWW-Authenticate": header } }));

challengesAreReadStrictly();
await theResourceIsFound();
await theProviderIsFound();
await theAppIsRegistered();
await mistakesNameTheMember();
theCommandWritesTheDocument();

function challengesAreReadStrictly() {
  for (const [header, expected] of [
    [null, {}],
    ["Basic realm=\"x\"", {}],
    ["Bearer", {}],
    ["bearer resource_metadata=\"https://a.example/x\", scope=\"a b\"", { resource_metadata: "https://a.example/x", scope: "a b" }],
    ["Bearer realm=\"a, Bearer scope=\\\"x\\\"\", error=insufficient_scope , scope=\"a\"", { error: "insufficient_scope", scope: "a" }],
    ["Basic realm=\"x\", Bearer scope=\"a\"", { scope: "a" }],
    ["Bearer scope=\"a\", Basic realm=\"scope\"", { scope: "a" }],
    ["Bearer scope=\"a\", scope=\"b\", error=\"e\"", { scope: undefined, error: "e" }],
    ["Bearer SCOPE=\"a\"", { scope: "a" }],
    ["Bearer __proto__=\"a\", scope=\"b\"", { scope: "b" }],
  ]) assert.deepEqual(challenged(header), expected, String(header));
}

async function theResourceIsFound() {
  answering({ [`${WELL_KNOWN}/api/mcp`]: RESOURCE });
  assert.deepEqual(await discover(SERVER, {}), { resource: SERVER, issuers: ["https://id.example"], scopes: ["read"] });
  assert.deepEqual(places(), [`${WELL_KNOWN}/api/mcp`]);
  answering({ [WELL_KNOWN]: { ...RESOURCE, resource: "https://mcp.example/api" } });
  assert.equal((await discover(SERVER, {})).resource, "https://mcp.example/api");
  assert.deepEqual(places(), [`${WELL_KNOWN}/api/mcp`, WELL_KNOWN]);
  // What the challenge names, and nothing else.
  answering({ "https://meta.example/x": RESOURCE, [WELL_KNOWN]: { ...RESOURCE, authorization_servers: ["https://evil.example"] } });
  assert.deepEqual((await discover(SERVER, { resource_metadata: "https://meta.example/x" })).issuers, ["https://id.example"]);
  assert.deepEqual(places(), ["https://meta.example/x"]);
  for (const address of ["http://meta.example/", "javascript:1", "data:,x", "https://a@b.example/", "x"]) {
    answering({});
    await rejects(discover(SERVER, { resource_metadata: address }), "invalid_metadata", /resource_metadata/);
    assert.deepEqual(asked, []);
  }
  for (const resource of ["https://other.example/api/mcp", "https://mcp.example/api/mcp/more", "https://mcp.example/ap", "http://mcp.example/api", undefined, 3, ["https://mcp.example/api/mcp"]]) {
    answering({ [WELL_KNOWN]: { ...RESOURCE, resource } });
    await rejects(discover(SERVER, {}), "invalid_metadata", /^resource:.*3\.3/);
  }
  for (const authorization_servers of [undefined, [], "https://id.example", ["http://id.example", "javascript:1", 3]]) {
    answering({ [WELL_KNOWN]: { ...RESOURCE, authorization_servers } });
    await rejects(discover(SERVER, {}), "invalid_metadata", /^authorization_servers:/);
  }
  // A server of the earlier specification is its own provider.
  answering({ "https://mcp.example/.well-known/oauth-authorization-server": { issuer: "https://mcp.example" } });
  assert.deepEqual(await discover(SERVER, {}), { resource: SERVER, issuers: ["https://mcp.example"], scopes: [] });
  answering({});
  await rejects(discover(SERVER, {}), "discovery_failed", /answered 404.*Access-Control-Expose-Headers: WWW-Authenticate/);
  answering({ [WELL_KNOWN]: "refused" });
  await rejects(discover(SERVER, {}), "discovery_failed", /Access-Control-Allow-Origin/, true);
  answering({ [WELL_KNOWN]: "<html>", [`${WELL_KNOWN}/api/mcp`]: "[1]" });
  await rejects(discover(SERVER, {}), "discovery_failed", /without a JSON object/);
}

async function theProviderIsFound() {
  const issuer = "https://id.example/tenant";
  const document = { issuer };
  for (const place of ["https://id.example/.well-known/oauth-authorization-server/tenant", "https://id.example/.well-known/openid-configuration/tenant", "https://id.example/tenant/.well-known/openid-configuration"]) {
    answering({ [place]: document });
    assert.deepEqual(await metadataOf(issuer), document);
    assert.equal(places().at(-1), place);
  }
  answering({ "https://id.example/.well-known/oauth-authorization-server": { issuer: "https://id.example/" } });
  await rejects(metadataOf("https://id.example"), "invalid_metadata", /instead of https:\/\/id\.example/);
  await rejects(metadataOf("http://id.example"), "invalid_metadata", /no https URL/);
  answering({ "https://id.example/.well-known/oauth-authorization-server": "refused" });
  await rejects(metadataOf("https://id.example"), "discovery_failed", /Access-Control-Allow-Origin/, true);
}

async function theAppIsRegistered() {
  const metadata = { issuer: "https://id.example", registration_endpoint: "https://id.example/reg" };
  const app = { clientName: "App", redirectUri: "https://app.example/" };
  const reg = metadata.registration_endpoint;
  answering({ [reg]: { status: 201, body: { client_id: "abc", token_endpoint_auth_method: "none" } } });
  assert.equal(await register(metadata, app), "abc");
  const [[method, , { body }]] = asked;
  assert.equal(method, "POST");
  assert.deepEqual(JSON.parse(body), {
    client_name: "App", redirect_uris: ["https://app.example/"], grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"], token_endpoint_auth_method: "none", application_type: "web",
  });
  answering({ [reg]: { status: 201, body: { client_id: "abc", client_secret: "s", token_endpoint_auth_method: "client_secret_basic" } } });
  await rejects(register(metadata, app), "invalid_metadata", /a page cannot keep/);
  answering({ [reg]: { status: 400, body: { error: "invalid_redirect_uri", error_description: "no\u0000\u202e!" } } });
  await rejects(register(metadata, app), "invalid_config", /refused to register this app \(400\): "invalid_redirect_uri" "no/);
  answering({ [reg]: { status: 201, body: { client_id: 3 } } });
  await rejects(register(metadata, app), "invalid_config", /refused/);
  answering({ [reg]: "refused" });
  await rejects(register(metadata, app), "network", /Access-Control-Allow-Origin/, true);
  answering({});
  await rejects(register({ issuer: "https://id.example" }, app), "invalid_config", /^clientId:.*by hand/);
  assert.deepEqual(asked, []);
}

async function mistakesNameTheMember() {
  for (const [server, options, member] of [
    ["nothing", {}, "serverUrl"],
    [SERVER, { client: "x" }, "client"],
    [SERVER, { onSignIn: true }, "onSignIn"],
    [SERVER, { config: { dpop: true } }, "config.dpop"],
  ]) assert.throws(() => mcpAuth(null, server, options), (error) => error.code === "invalid_argument" && error.message.startsWith(`${member}:`));
  // Nothing is known, so there is no token, and nothing is asked.
  answering({});
  const provider = mcpAuth(null, SERVER);
  assert.equal(await provider.token(), undefined);
  assert.deepEqual([provider.auth, await provider.ready, asked], [null, null, []]);
  await provider.signOut();
}

function theCommandWritesTheDocument() {
  const run = (...given) => execFileSync("node", [join(folder, "client-metadata.js"), ...given], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const id = "https://app.example/oauth/client.json";
  const document = JSON.parse(run("--id", id, "--name", "App", "--redirect", "https://app.example/", "--redirect", "https://app.example/callback.html"));
  assert.equal(document.client_id, id);
  assert.deepEqual(document.redirect_uris, ["https://app.example/", "https://app.example/callback.html"]);
  assert.equal(document.token_endpoint_auth_method, "none");
  assert.ok(!("client_secret" in document));
  for (const wrong of [["--id", "http://app.example/c"], ["--id", "https://app.example"], ["--id", "https://app.example/a/../c"], ["--id", "https://app.example/c#x"], ["--id", "https://u@app.example/c"], ["--id", id, "--redirect", "x"], ["--id", id]]) {
    assert.throws(() => run("--name", "App", ...wrong), /--(id|redirect):/, wrong.join(" "));
  }
}
