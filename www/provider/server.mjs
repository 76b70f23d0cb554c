// node server.mjs [--provider-port N] [--app-port N] [--access-token-ttl SECONDS]
// Starts the provider and the app server, prints one line of JSON with their addresses, and runs until SIGINT, SIGTERM
// or the end of standard input (so that it never outlives the program that started it).

import { parseArgs } from "node:util";

import { startAppServer } from "./app-server.mjs";
import { startProvider } from "./provider.mjs";

const USAGE = `Usage: node server.mjs [options]

  --provider-port N            port of the OpenID provider, 0 for any free one (default 4400)
  --app-port N                 port of the demo and the protected API, 0 for any free one (default 4401)
  --access-token-ttl SECONDS   lifetime of access tokens (default 45)
  --help                       shows this text
`;

await main();

async function main() {
  const options = readOptions();
  const appOrigins = [];
  const { providerPort, appPort, accessTokenTtl } = options;
  const provider = await startProvider({ port: providerPort, appOrigins, accessTokenTtl }).catch((error) =>
    fail(portMessage(error, "--provider-port")),
  );
  const app = await startAppServer({ port: appPort, issuer: provider.issuer }).catch((error) =>
    fail(portMessage(error, "--app-port")),
  );
  appOrigins.push(app.origin);
  process.stdout.write(`${JSON.stringify({ provider: provider.issuer, app: app.origin })}\n`);

  const stop = async () => {
    await Promise.all([app.close(), provider.close()]);
    process.exit(0);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  process.stdin.once("end", stop).once("error", stop).resume();
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        "provider-port": { type: "string", default: "4400" },
        "app-port": { type: "string", default: "4401" },
        "access-token-ttl": { type: "string", default: "45" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    fail(`${error.message}\n\n${USAGE}`);
  }
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const number = (option, least, most) => {
    const value = Number(values[option]);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    return fail(`--${option} must be a whole number from ${least} to ${most}.\n\n${USAGE}`);
  };
  return {
    providerPort: number("provider-port", 0, 65535),
    appPort: number("app-port", 0, 65535),
    accessTokenTtl: number("access-token-ttl", 1, 86400),
  };
}

function portMessage(error, option) {
  return error.code === "EADDRINUSE"
    ? `Port ${error.port} is in use by another program. Choose one with ${option} N (0 takes any free port).\n`
    : `${error.stack}\n`;
}

function fail(message) {
  process.stderr.write(message);
  process.exit(1);
}
