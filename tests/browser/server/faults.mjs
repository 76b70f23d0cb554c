// Disturbs the provider on demand: `{ endpoint, status, body, headers, delay, count }` for the next `count` requests
// to that endpoint. Without a status the request is only delayed; status 0 cuts the connection.

import { endpointOf } from "./recorder.mjs";

export function createFaults() {
  let faults = [];

  return {
    reset: () => {
      faults = [];
    },
    add: ({ endpoint, status = null, body = "", headers = {}, delay = 0, count = 1 }) => {
      faults.push({ endpoint, status, body, headers, delay, left: count });
    },
    middleware: async (context, next) => {
      const fault = faults.find(({ endpoint, left }) => left > 0 && endpoint === endpointOf(context.path));
      // A preflight is not the request that the test means.
      if (!fault || context.method === "OPTIONS") return next();
      fault.left -= 1;
      await new Promise((resolve) => setTimeout(resolve, fault.delay));
      if (fault.status === null) return next();
      if (fault.status === 0) {
        context.respond = false;
        context.req.socket.destroy();
        return;
      }
      context.status = fault.status;
      context.set({ "access-control-allow-origin": context.get("origin") || "*", ...fault.headers });
      context.body = fault.body;
    },
  };
}
