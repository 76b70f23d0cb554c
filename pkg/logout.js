// The page that a provider loads in a hidden frame when the user signs out elsewhere (OpenID Connect Front-Channel Logout 1.0).

/** Signs out of the sessions that the address names, here, and says which. */
export async function frontChannelLogout(auth, url = location.href) {
  const { searchParams } = new URL(url, globalThis.location?.href);
  const [issuers, ids] = ["iss", "sid"].map((name) => searchParams.getAll(name));
  // Without both, any page could sign anybody out.
  if (issuers.length !== 1 || ids.length !== 1 || ids[0] === "") return [];
  const named = auth.state.sessions.filter(({ issuer, claims }) => issuer === issuers[0] && claims?.sid === ids[0]);
  for (const { provider, subject } of named) await auth.signOut({ provider, subject, mode: "local" });
  return named.map(({ provider, subject }) => ({ provider, subject }));
}
