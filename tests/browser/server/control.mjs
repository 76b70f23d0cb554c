// The control API: GET /log, POST /reset, POST /fault, and a mailbox (POST and GET /mail/<name>) through which
// contexts that WebDriver cannot reach (a service worker, an extension) hand their results to the test.

import { createServer } from "node:http";

export async function startControl({ recorder, faults }) {
  const mail = new Map();

  const routes = {
    "GET /log": () => recorder.log(),
    "POST /reset": () => {
      recorder.reset();
      faults.reset();
      return null;
    },
    "POST /fault": (body) => {
      faults.add(body);
      return null;
    },
  };
  const answer = async (method, path, body) => {
    const route = routes[`${method} ${path}`];
    if (route) return route(body);
    if (!path.startsWith("/mail/")) return undefined;
    if (method === "GET") return mail.get(path) ?? null;
    mail.set(path, body);
    return null;
  };

  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const headers = {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "content-type",
      "cache-control": "no-store",
      "content-type": "application/json",
    };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    try {
      const result = await answer(request.method, request.url, text === "" ? null : JSON.parse(text));
      response.writeHead(result === undefined ? 404 : 200, headers).end(JSON.stringify(result ?? null));
    } catch (error) {
      response.writeHead(400, headers).end(JSON.stringify(String(error)));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}` };
}
