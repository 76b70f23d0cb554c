// Writes down every request that the provider receives. Secrets become "length:hash", so that a test can count
// distinct ones and compare them, and a failure's text can show the log. `issued` is what a token response held, `left`
// when a client went away before its answer.

import { createHash } from "node:crypto";

import { machineTime } from "./clock.mjs";

const SECRETS = new Set([
  "access_token",
  "code",
  "code_verifier",
  "id_token_hint",
  "refresh_token",
  "token",
]);

const ENDPOINTS = [
  ["discovery", /^\/\.well-known\//],
  ["authorization", /^\/auth$/],
  ["resume", /^\/auth\/.+/],
  ["token", /^\/token$/],
  ["par", /^\/request$/],
  ["revocation", /^\/token\/revocation$/],
  ["introspection", /^\/token\/introspection$/],
  ["userinfo", /^\/me$/],
  ["jwks", /^\/jwks$/],
  ["end_session", /^\/session\/end/],
  ["login", /^\/login\//],
];

export const endpointOf = (path) => ENDPOINTS.find(([, pattern]) => pattern.test(path))?.[0] ?? "other";

export function createRecorder() {
  let requests = [];

  return {
    log: () => requests,
    reset: () => {
      requests = [];
    },
    middleware: async (context, next) => {
      const request = {
        time: machineTime(),
        endpoint: endpointOf(context.path),
        method: context.method,
        path: context.path,
        origin: context.get("origin") || null,
        query: redact(new URLSearchParams(context.querystring)),
        form: {},
        status: null,
      };
      requests.push(request);
      context.state.recorded = request;
      context.res.once("close", () => {
        if (!context.res.writableFinished) request.left = machineTime();
      });
      const body = tapBody(context.req);
      try {
        await next();
        request.status = context.respond === false ? 0 : context.status;
      } catch (error) {
        request.status = error.status ?? 500;
        throw error;
      } finally {
        if (context.is("urlencoded")) request.form = redact(new URLSearchParams(Buffer.concat(body).toString()));
        request.issued = redact(Object.entries(context.body?.access_token ? context.body : {}));
        request.took = machineTime() - request.time;
      }
    },
  };
}

/** Collects the body while the provider reads it: a body can be read once only. */
function tapBody(request) {
  const chunks = [];
  const emit = request.emit;
  request.emit = function (event, ...values) {
    if (event === "data") chunks.push(Buffer.from(values[0]));
    return emit.call(this, event, ...values);
  };
  return chunks;
}

function redact(parameters) {
  return Object.fromEntries([...parameters].map(([name, value]) => [name, SECRETS.has(name) ? digest(value) : value]));
}

function digest(value) {
  return `${value.length}:${createHash("sha256").update(value).digest("hex").slice(0, 12)}`;
}
