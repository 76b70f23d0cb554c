// The other side of the browser tests: the local provider with a recorder and faults before it, the demo's app server,
// a second app origin with the tests' own page, and a control API on a port of its own.
//
//   node server.mjs [--access-token-ttl SECONDS] [--connect ORIGIN] [--isolation worker]
//
// prints one JSON line {"provider","second","app","demo","control"} and runs until it is killed.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { setClock } from "./server/clock.mjs";
import { startAppServer } from "../../www/provider/app-server.mjs";
import { BRANDS, startProvider } from "../../www/provider/provider.mjs";
import { inLockdown, olderRelease, withDirectedWorker } from "./server/altered-packages.mjs";
import { startApi } from "./server/api.mjs";
import { startControl } from "./server/control.mjs";
import { adoptExtensions } from "./server/extensions.mjs";
import { createBackends } from "./server/backend.mjs";
import { createFaults } from "./server/faults.mjs";
import { createFrameworks } from "./server/frameworks.mjs";
import { createMcp } from "./server/mcp.mjs";
import { createLinkedAccounts } from "./server/linked-accounts.mjs";
import { createOpenerPolicies } from "./server/opener-policies.mjs";
import { createRecorder } from "./server/recorder.mjs";

const { values } = parseArgs({
  options: {
    "access-token-ttl": { type: "string", default: "300" },
    // Where the tests' page may connect to as well.
    connect: { type: "string", multiple: true, default: [] },
    isolation: { type: "string" },
  },
});
const accessTokenTtl = Number(values["access-token-ttl"]);

const recorder = createRecorder();
const faults = createFaults();
const openerPolicies = createOpenerPolicies();
const appOrigins = [];
let grace = 0;
const resources = { "https://orders.example": "read write", "https://mail.example": "read" };
const provider = await startProvider({
  port: 0,
  appOrigins,
  apis: resources,
  details: { photo_album: ["look"] },
  accessTokenTtl,
  refreshTokenGrace: () => grace,
  middleware: [recorder.middleware, faults.middleware, openerPolicies.middleware, adoptExtensions(() => app.origin)],
});

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const second = await startProvider({ port: 0, appOrigins, accessTokenTtl: 2 * accessTokenTtl, brand: BRANDS.tide });
const demo = await startAppServer({
  port: 0,
  issuer: provider.issuer,
  providers: {
    fern: { issuer: provider.issuer, name: BRANDS.fern.name },
    tide: { issuer: second.issuer, name: BRANDS.tide.name },
  },
});
const apis = [await startApi(provider), await startApi(provider)].map(({ origin }) => origin);
const served = new Set();
const app = await startAppServer({
  port: 0,
  issuer: provider.issuer,
  apis: [...apis, ...values.connect],
  isolation: values.isolation,
  roots: {
    "/": folder("app/"),
    "/pkg/": values.isolation ? withDirectedWorker(folder("../../pkg/")) : folder("../../pkg/"),
    "/older/": olderRelease(folder("../../pkg/")),
    "/lockdown/": inLockdown(folder("../../pkg/")),
    "/vectors/": folder("../../target/xtask/vectors/"),
  },
  headersOf: (path) => {
    served.add(path);
    // A sandboxed frame has an origin of its own, so that even the app's scripts are another's.
    return { "Access-Control-Allow-Origin": "*", ...openerPolicies.headersOf(path) };
  },
});
const linkedAccounts = createLinkedAccounts({ issuer: provider.issuer, appOrigins, resources });
const frameworks = createFrameworks({ issuer: provider.issuer, appOrigins, apis });
const mcp = createMcp({ accessTokenTtl });
const control = await startControl({
  recorder,
  faults,
  openerPolicies,
  provider,
  linkedAccounts,
  frameworks,
  mcp,
  backends: createBackends({ accessTokenTtl }),
  served,
  setClock,
  setGrace: (seconds) => {
    grace = seconds;
  },
});
appOrigins.push(demo.origin, app.origin);

const addresses = { provider: provider.issuer, second: second.issuer, app: app.origin, demo: demo.origin };
console.log(JSON.stringify({ ...addresses, control: control.origin }));
