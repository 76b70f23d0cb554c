// @vitest-environment jsdom
import { fakeProvider } from "keyward/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { start } from "./app.js";

let provider;
beforeEach(async () => {
  provider = await fakeProvider({ issuer: "https://id.example.com", clientId: "web" });
});
afterEach(() => provider.close());

test("shows who is signed in", async () => {
  provider.signIn({ sub: "ada", name: "Ada" });
  await start();
  expect(document.body.textContent).toBe("signed_in Ada");
  expect(provider.requests).toEqual([]);
});

test("signs in by itself, as the page is never left", async () => {
  const auth = await start();
  expect(document.body.textContent).toBe("signed_out ");
  await auth.signIn();
  expect(document.body.textContent).toBe("signed_in Ada Lovelace");
});

test("asks to sign in again when the session is over", async () => {
  provider.signIn();
  const auth = await start();
  await provider.advance(60 * 60 * 1000);
  expect(auth.state.status).toBe("signed_in");
  provider.revoke();
  await provider.expire();
  expect(document.body.textContent).toBe("reauth_required Ada Lovelace");
});

test("stays signed in without a network", async () => {
  provider.signIn();
  const auth = await start();
  const online = provider.goOffline();
  expect(navigator.onLine).toBe(false);
  await provider.expire();
  await expect(auth.getAccessToken()).rejects.toMatchObject({ code: "network" });
  online();
  expect(navigator.onLine).toBe(true);
  await provider.advance(60_000);
  expect(await auth.getAccessToken()).toMatch(/^fake-/);
});

test("says that fake timers are in its way", async () => {
  vi.useFakeTimers();
  await expect(fakeProvider()).rejects.toThrow("fake timers are on");
  vi.useRealTimers();
});
