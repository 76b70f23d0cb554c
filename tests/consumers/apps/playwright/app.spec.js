import { expect, test } from "keyward/playwright";

const issuer = "https://id.example.com";
test.use({ keyward: { issuer, clientId: "app" } });
const who = (page) => page.locator("#who");

test("somebody is signed in from the start, and meets what a provider does", async ({ page, provider, signIn }) => {
  await signIn({ sub: "ada", name: "Ada" });
  await page.goto("/");
  await expect(who(page)).toHaveText("signed_in Ada");
  expect(provider.requests).toEqual([]);
  await page.reload();
  const one = await page.evaluate(() => auth.getAccessToken());
  expect(await page.evaluate(() => auth.getAccessToken({ forceRefresh: true }))).not.toBe(one);
  expect(provider.requests.map(({ endpoint }) => endpoint)).toEqual(["token"]);
  provider.fail("unavailable", { at: "token", times: 1 });
  expect(await page.evaluate(() => auth.getAccessToken({ forceRefresh: true }).catch(({ code }) => code))).toBe("temporarily_unavailable");
  provider.revoke();
  await page.evaluate(() => auth.getAccessToken({ forceRefresh: true }).catch(() => {}));
  await expect(who(page)).toHaveText("reauth_required Ada");
});

test("the authorization endpoint leads back, and each test begins without the other's session", async ({ page, provider }) => {
  await page.goto("/");
  await expect(who(page)).toHaveText("signed_out");
  provider.user = { sub: "grace", name: "Grace" };
  await page.getByRole("button").click();
  await expect(who(page)).toHaveText("signed_in Grace");
  expect(new URL(page.url()).search).toBe("");
  provider.api("https://api.example.com/");
  expect(await page.evaluate(() => auth.fetch("https://api.example.com/").then(({ status }) => status))).toBe(401);
});

test("keyward/testing in a page: in its own storages, with its locks", async ({ page }) => {
  await page.goto("/");
  const seen = await page.evaluate(async () => {
    const { fakeProvider } = await import("/node_modules/keyward/testing.js");
    const provider = await fakeProvider({ issuer: "https://in.the.page", clientId: "page" });
    const config = { ...provider.config, namespace: "page" };
    const auth = await provider.signedIn({ sub: "ada" }, config);
    const other = await provider.createAuth(config);
    const states = [auth.state.status, other.state.session.subject];
    await provider.advance(60 * 60 * 1000);
    const refreshes = provider.requests.length;
    provider.revoke();
    await provider.expire();
    states.push(auth.state.status);
    await auth.signIn({ mode: "popup" });
    states.push(auth.state.status, location.search);
    provider.close();
    return { states, refreshes };
  });
  expect(seen.states).toEqual(["signed_in", "ada", "reauth_required", "signed_in", ""]);
  // One for both: it is one grant.
  expect(seen.refreshes).toBeGreaterThanOrEqual(11);
  expect(seen.refreshes).toBeLessThanOrEqual(15);
});

test.describe("what a real sign-in has left", () => {
  let signIns = 0;
  const signIn = async (page) => {
    signIns += 1;
    await page.goto("/");
    await page.evaluate(() => localStorage.setItem("rotation", "1"));
  };
  test.use({ keyward: { issuer, clientId: "app", state: "state/ada.json", signIn } });
  for (const turn of ["1", "2", "3"]) {
    test(`is kept fresh from test to test: ${turn}`, async ({ page }) => {
      await page.goto("/");
      expect(await page.evaluate(() => localStorage.getItem("rotation"))).toBe(turn);
      await page.evaluate(() => localStorage.setItem("rotation", String(Number(localStorage.getItem("rotation")) + 1)));
      expect(signIns).toBe(1);
    });
  }
});
