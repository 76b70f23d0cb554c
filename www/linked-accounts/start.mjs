// npm start [-- --port N --provider-port N --database FILE]
// Starts a local provider and the app, and prints their addresses.

import { parseArgs } from "node:util";

import { startProvider } from "../provider/provider.mjs";
import { startLinkedAccounts } from "./server.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4411" },
    "provider-port": { type: "string", default: "4410" },
    database: { type: "string", default: "linked-accounts.db" },
  },
});

const appOrigins = [];
const apis = {};
const provider = await startProvider({ port: Number(values["provider-port"]), appOrigins, apis, accessTokenTtl: 60 });
const app = await startLinkedAccounts({
  port: Number(values.port),
  providers: { fern: provider.issuer },
  database: `file:${values.database}`,
});
appOrigins.push(app.origin);
apis[app.audience] = "accounts";
console.log(`\n  App        ${app.origin}/\n  Provider   ${provider.issuer}\n  Database   ${values.database}\n`);
console.log("Sign in with any name, and watch the row. Ctrl-C ends it.");

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await Promise.all([app.close(), provider.close()]);
    process.exit(0);
  });
}
