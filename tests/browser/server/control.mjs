// The control API: GET /log, POST /reset, POST /fault, POST /opener-policies.

import { createServer } from "node:http";

export async function startControl({ recorder, faults, openerPolicies }) {
  const routes = {
    "GET /log": () => recorder.log(),
    "POST /reset": () => {
      recorder.reset();
      faults.reset();
      openerPolicies.set({});
      return null;
    },
    "POST /fault": (body) => {
      faults.add(body);
      return null;
    },
    "POST /opener-policies": (body) => {
      openerPolicies.set(body);
      return null;
    },
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const route = routes[`${request.method} ${request.url}`];
    if (!route) return response.writeHead(404).end();
    const result = route(text === "" ? null : JSON.parse(text));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}` };
}
