// Disturbs the provider on demand, for the next `count` requests to an endpoint:
//
// - `delay`: milliseconds before the provider sees the request.
// - `status`, `body`, `headers`: the answer, given without the provider. Status 0 cuts the connection.
// - `hold`: "request" keeps the request from the provider, "answer" keeps back the provider's answer, until the control
//   API says `release`. A client that leaves meanwhile takes a held request along; the answer is there already.
// - `lasts`: milliseconds from the first such request on, instead of `count`.
// - `set`, `remove`: members of the provider's JSON answer.

import { machineTime } from "./clock.mjs";
import { endpointOf } from "./recorder.mjs";

export function createFaults() {
  let faults = [];
  const held = new Set();

  const releaseAll = () => {
    for (const release of held) release();
    held.clear();
  };

  /** Until `release`, or until the client has gone. */
  const hold = (context, what) =>
    new Promise((resolve) => {
      context.state.recorded.held = what;
      held.add(resolve);
      context.res.once("close", resolve);
    });

  return {
    reset: () => {
      faults = [];
      releaseAll();
    },
    release: releaseAll,
    add: ({ delay = 0, lasts, count = lasts ? Infinity : 1, ...fault }) => {
      faults.push({ ...fault, delay, lasts, left: count, over: Infinity });
    },
    middleware: async (context, next) => {
      const now = machineTime();
      const endpoint = endpointOf(context.path);
      const fault = faults.find((fault) => fault.left > 0 && now < fault.over && endpoint === fault.endpoint);
      // A preflight is not the request that the test means.
      if (!fault || context.method === "OPTIONS") return next();
      fault.left -= 1;
      if (fault.lasts && fault.over === Infinity) fault.over = now + fault.lasts;
      if (fault.delay > 0) await new Promise((resolve) => setTimeout(resolve, fault.delay));
      if (fault.hold === "request") await hold(context, fault.hold);
      if (fault.status === 0 || context.req.socket.destroyed) return hangUp(context);
      if (fault.status === undefined) {
        await next();
        if (fault.set || fault.remove) context.body = edited(context.body, fault);
        if (fault.hold === "answer") await hold(context, fault.hold);
        return;
      }
      context.status = fault.status;
      context.set({ "access-control-allow-origin": context.get("origin") || "*", ...fault.headers });
      context.body = fault.body ?? "";
    },
  };
}

function hangUp(context) {
  context.respond = false;
  // With nothing of an answer, browsers would send the request once more by themselves.
  context.req.socket.end("HTTP/1.1 503 Serv", () => context.req.socket.destroy());
}

function edited(body, { set = {}, remove = [] }) {
  const members = Object.entries({ ...body, ...set }).filter(([name]) => !remove.includes(name));
  return Object.fromEntries(members);
}
