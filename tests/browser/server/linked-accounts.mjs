// The app of www/linked-accounts, in the one scenario that asks for it, with what its server received and what its rows are.

export function createLinkedAccounts({ issuer, appOrigins, resources }) {
  const received = [];
  let app = null;

  function watch(request) {
    const entry = { method: request.method, token: request.headers.authorization ?? null, body: "" };
    received.push(entry);
    request.on("data", (chunk) => {
      entry.body += chunk;
    });
  }

  return {
    start: async () => {
      const { startLinkedAccounts } = await import("../../../www/linked-accounts/server.mjs");
      app = await startLinkedAccounts({ providers: { fern: issuer }, database: ":memory:", watch });
      appOrigins.push(app.origin);
      resources[app.audience] = "accounts";
      return app.origin;
    },
    look: async () => ({ rows: await app.rows(), received }),
  };
}
