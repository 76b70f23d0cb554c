// node server.mjs [--provider-port N] [--second-provider-port N] [--app-port N] [--access-token-ttl SECONDS] [--origin ORIGIN]...
// Starts two providers and the app server, prints one line of JSON with their addresses, and runs until SIGINT, SIGTERM
// or the end of standard input (so that it never outlives the program that started it).

import { parseArgs } from "node:util";

import { startAppServer } from "./app-server.mjs";
import { BRANDS, startProvider } from "./provider.mjs";

const USAGE = `Usage: node server.mjs [options]

  --provider-port N            port of the OpenID provider, 0 for any free one (default 4400)
  --second-provider-port N     port of the other one (default 4402)
  --app-port N                 port of the demo and the protected API, 0 for any free one (default 4401)
  --access-token-ttl SECONDS   lifetime of access tokens (default 45); twice as long at the second provider
  --origin ORIGIN              an app of your own that both providers admit, as keyward-demo; may be given several times
  --help                       shows this text
`;

await main();

async function main() {
  const options = readOptions();
  const appOrigins = [];
  const { providerPort, secondProviderPort, appPort, accessTokenTtl } = options;
  const start = (port, option, brand, ttl) =>
    startProvider({ port, appOrigins, accessTokenTtl: ttl, brand }).catch((error) => fail(portMessage(error, option)));
  const { fern, tide } = BRANDS;
  const provider = await start(providerPort, "--provider-port", fern, accessTokenTtl);
  const second = await start(secondProviderPort, "--second-provider-port", tide, 2 * accessTokenTtl);
  const providers = {
    fern: { issuer: provider.issuer, name: fern.name },
    tide: { issuer: second.issuer, name: tide.name },
  };
  const app = await startAppServer({ port: appPort, issuer: provider.issuer, providers }).catch((error) =>
    fail(portMessage(error, "--app-port")),
  );
  appOrigins.push(app.origin, ...options.origins);
  const addresses = { provider: provider.issuer, second: second.issuer, app: app.origin };
  process.stdout.write(`${JSON.stringify(addresses)}\n`);

  const stop = async () => {
    await Promise.all([app.close(), provider.close(), second.close()]);
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
        "second-provider-port": { type: "string", default: "4402" },
        "app-port": { type: "string", default: "4401" },
        "access-token-ttl": { type: "string", default: "45" },
        origin: { type: "string", multiple: true, default: [] },
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
    secondProviderPort: number("second-provider-port", 0, 65535),
    appPort: number("app-port", 0, 65535),
    accessTokenTtl: number("access-token-ttl", 1, 86400),
    origins: values.origin,
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
