// Runs in a project that installed the package: the provider for tests of apps, with the real client, in Node. What the
// provider received is asserted beside what the app saw.

import assert from "node:assert/strict";

import { AuthError, getAccessToken, init } from "keyward";
import { fakeProvider } from "keyward/testing";

const config = { issuer: "https://id.example.com", clientId: "web", allowedOrigins: ["https://api.example.com"] };
const { issuer, clientId } = config;
const MINUTE = 60_000;
const globals = () => [fetch, Date, setTimeout, clearTimeout, performance.now].map((it) => it);
const before = globals();

/** `use` gets a provider of its own; whatever the test does, nothing is left of it. */
async function test(name, use, options) {
  const provider = await fakeProvider({ issuer, clientId, ...options });
  try {
    await use(provider, () => provider.requests.map(({ endpoint }) => endpoint));
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  } finally {
    provider.close();
  }
  assert.deepEqual(globals(), before, `${name}: the globals are as before`);
}

const code = (expected) => (error) => {
  assert.ok(error instanceof AuthError, `an AuthError, not ${error}`);
  assert.equal(error.code, expected);
  return true;
};

await test("whoever signs in is asked for at the provider, once", async (provider, received) => {
  const auth = await init(config);
  assert.equal(auth.state.status, "signed_out");
  assert.deepEqual(received(), []);
  const { session, appState } = await auth.signIn({ appState: { from: "here" } });
  assert.equal(session.claims.name, "Ada Lovelace");
  assert.deepEqual(appState, { from: "here" });
  assert.deepEqual(received().sort(), ["authorization", "jwks", "metadata", "token"]);
  assert.match(await getAccessToken(), /^fake-access-token-/, "the package's own functions know the instance");
  assert.equal((await auth.getUserInfo()).email, "ada@example.com");
  await auth.signOut();
  assert.equal(auth.state.status, "signed_out");
  assert.deepEqual(received().slice(-3), ["revocation", "revocation", "logout"]);
});

await test("a user who is signed in before the app starts costs no request and milliseconds", async (provider, received) => {
  provider.signIn({ sub: "grace", name: "Grace" });
  const started = process.hrtime.bigint();
  const auth = await init(config);
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  assert.equal(auth.state.session.subject, "grace");
  assert.deepEqual(received(), []);
  assert.ok(took < 1000, `it took ${took} ms`);
  assert.equal(await init({ ...config }), auth, "the same config is the same instance");
});

await test("an hour is refreshed through, one refresh for each token", async (provider, received) => {
  const auth = await provider.signedIn(undefined, config);
  const tokens = [];
  auth.on("tokenRefreshed", ({ session }) => tokens.push(session.expiresAt));
  await provider.advance(60 * MINUTE);
  assert.ok(tokens.length >= 12 && tokens.length <= 15, `${tokens.length} refreshes`);
  assert.deepEqual(received(), tokens.map(() => "token"));
  assert.ok(tokens.at(-1) > Date.now(), "the app's clock has moved as well");
});

await test("a tab of its own follows, without a request", async (provider, received) => {
  const auth = await provider.signedIn(undefined, config);
  const other = await provider.createAuth(config);
  await provider.expire();
  assert.equal(await auth.getAccessToken(), await other.getAccessToken());
  assert.deepEqual(received(), ["token"]);
  await auth.signOut({ mode: "local", revoke: false });
  await provider.settled();
  assert.equal(other.state.status, "signed_out");
});

await test("what the provider has revoked needs another sign-in", async (provider) => {
  const auth = await provider.signedIn(undefined, config);
  provider.revoke();
  await provider.expire();
  assert.equal(auth.state.status, "reauth_required");
  await assert.rejects(auth.getAccessToken(), code("reauth_required"));
  await auth.signIn();
  assert.equal(auth.state.status, "signed_in");
});

await test("offline, a session stays, and goes on afterwards", async (provider) => {
  const auth = await provider.signedIn(undefined, config);
  const online = provider.goOffline();
  await provider.expire();
  assert.equal(auth.state.status, "signed_in");
  await assert.rejects(auth.getAccessToken(), code("network"));
  online();
  await provider.advance(5 * MINUTE);
  assert.match(await auth.getAccessToken(), /^fake-/);
});

await test("faults are met by name, at their place, so often", async (provider, received) => {
  const auth = await provider.signedIn(undefined, config);
  provider.fail("unavailable", { at: "token", times: 2 });
  await provider.expire();
  assert.match(await auth.getAccessToken(), /^fake-/);
  assert.deepEqual(received(), ["token", "token", "token"]);
  assert.throws(() => provider.fail("broken"), /offline, silent/);
  assert.throws(() => provider.fail("toString"), /offline, silent/);
  provider.fail("lost", { times: 1 });
  await provider.expire();
  await provider.advance(10 * MINUTE);
  assert.equal(auth.state.status, "reauth_required", "without a grace period a lost answer ends the session");
});

await test("a request that nobody answers ends by its own bound", async (provider) => {
  const auth = await provider.signedIn(undefined, config);
  provider.fail("silent", { at: "token" });
  const token = auth.getAccessToken({ forceRefresh: true });
  token.catch(() => {});
  await provider.advance(11_000);
  await assert.rejects(token, code("timeout"));
  assert.match(await auth.getAccessToken(), /^fake-/, "the token that is valid is handed out all the same");
  await provider.expire();
  await assert.rejects(auth.getAccessToken(), code("timeout"));
});

await test("a sign-in may be refused, and nobody may be there", async (provider) => {
  const auth = await init(config);
  provider.refuse("access_denied", "not today");
  await assert.rejects(auth.signIn(), code("access_denied"));
  provider.user = null;
  await assert.rejects(auth.signIn(), code("access_denied"));
  await assert.rejects(auth.signIn({ mode: "silent" }), code("login_required"));
  provider.user = { sub: "ada" };
  await auth.signIn({ mode: "popup" });
  await auth.signIn({ mode: "silent" });
});

await test("its API opens to its tokens only, and a forgotten one is refreshed once", async (provider, received) => {
  provider.api("https://api.example.com/");
  assert.equal((await fetch("https://api.example.com/me")).status, 401);
  const auth = await provider.signedIn(undefined, config);
  const answer = await auth.fetch("https://api.example.com/me");
  assert.deepEqual(await answer.json(), { sub: "ada", scope: "openid" });
  provider.forgetAccessTokens();
  assert.equal((await auth.fetch("https://api.example.com/me")).status, 200);
  assert.deepEqual(received(), ["api", "api", "api", "token", "api"]);
});

await test("several providers, a namespace and a user each", async (provider) => {
  provider.signIn({ sub: "ada" });
  provider.signIn({ sub: "grace" });
  const providers = { other: { issuer: "https://else.example", clientId: "x" }, ours: { issuer, clientId } };
  const auth = await init({ providers, namespace: "mine" });
  assert.deepEqual(auth.state.sessions.map(({ provider: id, subject }) => [id, subject]).sort(), [["ours", "ada"], ["ours", "grace"]]);
});

await test("without refresh tokens a session ends with its access token", async (provider) => {
  const auth = await provider.signedIn(undefined, config);
  await provider.expire();
  await assert.rejects(auth.getAccessToken(), code("no_refresh_token"));
}, { refreshTokens: false });

await test("keys may change, and what is asked wrongly is refused as a provider would", async (provider) => {
  const auth = await provider.signedIn(undefined, config);
  provider.rotateKeys();
  await auth.signIn();
  const ask = (body) => fetch(`${issuer}/token`, { method: "POST", body: new URLSearchParams(body) });
  const answer = await ask({ grant_type: "authorization_code", client_id: clientId, code: "made up" });
  assert.deepEqual([answer.status, (await answer.json()).error], [400, "invalid_grant"]);
  assert.equal((await ask({ grant_type: "password", client_id: clientId })).status, 400);
  const wrong = await init({ ...config, clientId: "another" });
  await assert.rejects(wrong.signIn(), code("unsupported"));
});

await assert.rejects(fakeProvider({ issuers: [] }), /issuers is not known/);
await assert.rejects(init(config), code("unsupported"), "without a provider, Node is no browser");
const real = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(() => {}, { clock: {} });
await assert.rejects(fakeProvider(), /fake timers are on/);
globalThis.setTimeout = real;
