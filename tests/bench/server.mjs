// The bench's server: an origin for each measured app and visitor, and a provider that answers at once. Prints its address as
// one line of JSON. `node server.mjs BUILT`
import { createServer } from "node:http";
import { once } from "node:events";

import { Apps } from "./server/apps.mjs";
import { textOf } from "./server/body.mjs";
import { Provider } from "./server/provider.mjs";

const log = [];
const provider = new Provider(log);
const apps = new Apps(process.argv[2], log);
const origins = new Map();

const listen = async (answer) => {
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch((error) => {
      console.error(error);
      response.writeHead(500).end(String(error));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "localhost");
  await once(server, "listening");
  return `http://localhost:${server.address().port}`;
};

const controls = {
  /** The origin where a visitor of an app lives: with storage, cache and client id of its own. */
  async origin({ sdk, visitor }) {
    const key = `${sdk} ${visitor}`;
    if (!origins.has(key)) {
      const about = { sdk, visitor, provider: `${base}/${sdk}`, clientId: `bench-${visitor}` };
      origins.set(key, await listen((request, response) => apps.answer(about, request, response)));
    }
    return origins.get(key);
  },
  /** { hold, ttl, clock, pad }: how the provider behaves from now on. */
  set: (behaviour) => Object.assign(provider.behaviour, behaviour),
  /** All requests since the last time. */
  log: () => log.splice(0),
  sizes: ({ sdk }) => apps.sizes(sdk),
};

const base = await listen(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const [, first, name] = pathname.split("/");
  if (first !== "control") return provider.answer(base, request, response);
  const result = await controls[name](JSON.parse((await textOf(request)) || "{}"));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result ?? null));
});

console.log(JSON.stringify({ base }));
