// A person at the provider without a browser. The tests answer a page's navigation to the authorization endpoint with
// 204, so that the page stays where it is; then this goes the same way in its place, and says where it ends.

/** Waits for an authorization request that was answered with 204. */
export async function abandonedRequest(recorder, patience = 15_000) {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    const found = recorder.log().find((request) => request.endpoint === "authorization" && request.status === 204);
    if (found) {
      found.status = "walked";
      return new URLSearchParams(found.query);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("no page went to the authorization endpoint");
}

/** From the authorization request to the app's redirect URI, as whoever types `name`. */
export async function walk(issuer, query, name) {
  const cookies = new Map();
  let [url, form] = [new URL(`/auth?${query}`, issuer), null];
  for (let step = 0; step < 10; step += 1) {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form,
      redirect: "manual",
      headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(key, value);
    }
    const location = response.headers.get("location");
    if (response.status === 200 && url.pathname.startsWith("/login/")) {
      form = new URLSearchParams({ login: name });
      continue;
    }
    if (!location) throw new Error(`the provider answered ${url.pathname} with ${response.status}`);
    [url, form] = [new URL(location, url), null];
    if (url.origin !== new URL(issuer).origin) return url.href;
  }
  throw new Error("the way through the provider has no end");
}
