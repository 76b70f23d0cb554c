// Runs in a project that installed the package: token exchange and the front-channel logout page; what the provider received,
// and what the caller saw.

import assert from "node:assert/strict";

import { exchangeToken } from "keyward/exchange";
import { frontChannelLogout } from "keyward/logout";

const ADA = { provider: "main", issuer: "https://id.example", clientId: "app", subject: "ada", claims: { sid: "s1" } };
const BOB = { ...ADA, subject: "bob", claims: { sid: "s2" } };
const OTHER = { ...ADA, provider: "other", issuer: "https://other.example" };
const signedOut = [];
const asked = [];
const auth = {
  state: { status: "signed_in", session: ADA, sessions: [ADA, BOB, OTHER] },
  getAccessToken: async (account) => (asked.push(account), "the-session-token"),
  signOut: async (options) => void signedOut.push(options),
};

let received;
let answer;
globalThis.fetch = async (url, init) => {
  if (url === "https://id.example/.well-known/oauth-authorization-server") {
    return Response.json({ issuer: "https://id.example", token_endpoint: "https://id.example/token?tenant=1" });
  }
  received = { url, method: init.method, form: [...init.body], credentials: init.credentials, redirect: init.redirect };
  if (answer instanceof Error) throw answer;
  return new Response(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body), { status: answer.status });
};
const TOKEN = { access_token: "new", issued_token_type: "urn:ietf:params:oauth:token-type:access_token", token_type: "Bearer" };
const rejects = (promise, code, pattern, retryable = false) =>
  assert.rejects(promise, (error) => {
    assert.deepEqual([error.name, error.code, error.retryable], ["AuthError", code, retryable], error.message);
    assert.match(error.message, pattern);
    assert.ok(!JSON.stringify({ ...error, message: error.message }).includes("the-session-token"), "no token in an error");
    return true;
  });

answer = { status: 200, body: { ...TOKEN, expires_in: 60, scope: "a b" } };
const before = Date.now();
const exchanged = await exchangeToken(auth, { audience: ["orders", "mail"], resource: "https://orders.example", scope: "a", params: { tenant: "x" } });
assert.deepEqual([exchanged.token, exchanged.tokenType, exchanged.scope], ["new", "Bearer", ["a", "b"]]);
assert.ok(exchanged.expiresAt >= before + 60_000 && exchanged.expiresAt <= Date.now() + 60_000);
assert.deepEqual([received.url, received.method, received.credentials, received.redirect], ["https://id.example/token?tenant=1", "POST", "omit", "error"]);
assert.deepEqual(received.form.sort(), [
  ["audience", "mail"],
  ["audience", "orders"],
  ["client_id", "app"],
  ["grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"],
  ["resource", "https://orders.example"],
  ["scope", "a"],
  ["subject_token", "the-session-token"],
  ["subject_token_type", "urn:ietf:params:oauth:token-type:access_token"],
  ["tenant", "x"],
]);
assert.deepEqual(asked, [{ provider: "main", subject: "ada" }]);

answer = { status: 200, body: TOKEN };
assert.deepEqual(await exchangeToken(auth, { subject: "bob", tokenEndpoint: "https://id.example/t", actorToken: "actor" }), {
  token: "new", issuedTokenType: TOKEN.issued_token_type, tokenType: "Bearer", expiresAt: null, scope: null,
});
assert.deepEqual(asked.at(-1), { provider: "main", subject: "bob" });
assert.ok(received.form.some(([name, value]) => name === "actor_token_type" && value === "urn:ietf:params:oauth:token-type:access_token"));

for (const body of [{ access_token: "x" }, { ...TOKEN, issued_token_type: undefined }, { ...TOKEN, access_token: 3 }, "<html>", "[]"]) {
  answer = { status: 200, body };
  await rejects(exchangeToken(auth), "invalid_response", /8693/);
}
answer = { status: 400, body: { error: "invalid_target", error_description: "not\u202e for the-session-token" } };
await rejects(exchangeToken(auth), "token_endpoint", /\(400\): invalid_target/);
answer = { status: 503, body: "" };
await rejects(exchangeToken(auth), "temporarily_unavailable", /503/, true);
answer = new TypeError("no");
await rejects(exchangeToken(auth), "network", /may read/, true);
received = null;
await rejects(exchangeToken(auth, { audience: "a", target: 1 }), "invalid_argument", /^target:/);
await rejects(exchangeToken(auth, { params: { client_secret: "x" } }), "invalid_argument", /client_secret/);
await rejects(exchangeToken(auth, { subject: "carol" }), "login_required", /nobody/);
await rejects(exchangeToken(auth, { tokenEndpoint: "http://id.example/t" }), "invalid_metadata", /https/);
assert.equal(received, null, "nothing was sent");

// Front-channel logout: both names, once each, or nobody.
const page = "https://app.example/logout";
for (const query of ["", "?iss=https://id.example", "?sid=s1", "?iss=https://id.example&sid=", "?iss=https://evil.example&sid=s1", "?iss=https://id.example&sid=s1&sid=s2", "?iss=https://id.example&sid=nobody"]) {
  assert.deepEqual(await frontChannelLogout(auth, page + query), [], query);
}
assert.deepEqual(signedOut, []);
assert.deepEqual(await frontChannelLogout(auth, `${page}?iss=${encodeURIComponent("https://id.example")}&sid=s2`), [{ provider: "main", subject: "bob" }]);
assert.deepEqual(signedOut, [{ provider: "main", subject: "bob", mode: "local" }]);
