// The control API: GET /log, POST /reset, /fault, /release, /grace, /clock, /opener-policies, /walk, /profile,
// /has-served, /framework, /backend, GET /backend, /mcp/start, /mcp/change, /mcp/reset, GET /mcp, and POST and GET /linked-accounts.

import { createServer } from "node:http";

import { abandonedRequest, walk } from "./walk.mjs";

/** The scenarios' own parser reads no half of a surrogate pair, which `JSON.stringify` writes as an escape. */
const wellFormed = (text) => text.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f]../g, "$1\\ufffd");

export async function startControl(sides) {
  const { recorder, faults, openerPolicies, provider, linkedAccounts, frameworks, mcp, backends, served, setGrace, setClock } = sides;
  const routes = {
    "GET /log": () => recorder.log(),
    "POST /reset": () => {
      recorder.reset();
      faults.reset();
      openerPolicies.set({});
    },
    "POST /fault": (body) => faults.add(body),
    "POST /release": () => faults.release(),
    "POST /grace": ({ seconds }) => setGrace(seconds),
    "POST /clock": ({ ahead }) => setClock(ahead),
    "POST /opener-policies": (body) => openerPolicies.set(body),
    "POST /walk": async ({ name }) => walk(provider.issuer, await abandonedRequest(recorder), name),
    "POST /has-served": ({ path }) => served.has(path),
    "POST /framework": frameworks.start,
    "POST /backend": backends.start,
    "GET /backend": backends.look,
    "POST /mcp/start": mcp.start,
    "POST /mcp/change": mcp.change,
    "POST /mcp/reset": mcp.reset,
    "GET /mcp": mcp.look,
    "POST /linked-accounts": linkedAccounts.start,
    "GET /linked-accounts": linkedAccounts.look,
    "POST /profile": ({ subject, claims }) => provider.accounts.change(subject, claims),
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const route = routes[`${request.method} ${request.url}`];
    if (!route) return response.writeHead(404).end();
    try {
      const result = (await route(text === "" ? null : JSON.parse(text))) ?? null;
      response.writeHead(200, { "content-type": "application/json" }).end(wellFormed(JSON.stringify(result)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}` };
}
