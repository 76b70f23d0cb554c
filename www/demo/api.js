// A call of the protected API: a token that is valid now, then a request like any other.

/** `account` says whose token. Resolves to what happened, `{ status, body, milliseconds }`; rejects with Keyward's error when there is no token. */
export async function callApi(auth, account) {
  const token = await auth.getAccessToken(account);
  const started = performance.now();
  const response = await fetch("/api/me", { headers: { Authorization: `Bearer ${token}` } });
  const body = await response.json();
  return { status: response.status, body, milliseconds: Math.round(performance.now() - started) };
}
