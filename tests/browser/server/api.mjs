// An API on an origin of its own, and what it received. Its answers are in the request's path, so that a test says them:
//
// - /echo            200, with what came.
// - /refuse/N/NAME   401 the first N times that NAME is asked for, then as /echo.
// - /status/N        that status.
// - /step-up         401 with a challenge of RFC 9470.
// - /bound           401 unless the token is bound to a key that a proof with this API's latest nonce shows; as /echo then.
// - /hidden          401 with a demand for a nonce that CORS hides.
// - /redirect/N?to=  that status, to there.
// - /parts           a first part, then nothing until /parts/last is asked for; that and /parts/count say how many wait.
// - /log             what came since the last time that this was asked for.

import { createHash } from "node:crypto";

import { listenOnLoopback } from "../../../www/provider/listen.mjs";
import { proofChecker } from "../../../www/provider/proof.mjs";
import { introspect } from "../../../www/provider/protected-api.mjs";

const STEP_UP =
  'Bearer error="insufficient_user_authentication", error_description="stronger, please", acr_values="gold", max_age="60"';

export async function startApi({ issuer }) {
  let log = [];
  let nonce = 1;
  const check = proofChecker();
  const refusals = new Map();
  const unfinished = new Set();

  const { port, close } = await listenOnLoopback(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, "http://localhost");
    allow(request, response);
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    if (url.pathname === "/log") {
      const seen = log;
      log = [];
      return answer(response, 200, seen);
    }

    const { authorization, dpop } = request.headers;
    const [scheme, token] = authorization?.split(" ") ?? [null, ""];
    const received = {
      method: request.method,
      path: url.pathname,
      scheme,
      token: token && createHash("sha256").update(token).digest("hex").slice(0, 12),
      proof: dpop ? "yes" : null,
      own: request.headers["x-own"] ?? null,
      type: request.headers["content-type"]?.split(";")[0] ?? null,
      body: Buffer.concat(chunks).toString(),
    };
    log.push(received);

    const [, verb, number, name] = url.pathname.split("/");
    switch (verb) {
      case "refuse": {
        const left = refusals.get(name) ?? Number(number);
        refusals.set(name, left - 1);
        if (left > 0) return answer(response, 401, { refused: left }, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
        return answer(response, 200, received);
      }
      case "status":
        return answer(response, Number(number), received);
      case "step-up":
        return answer(response, 401, {}, { "WWW-Authenticate": STEP_UP });
      case "redirect":
        return response.writeHead(Number(number), { Location: url.searchParams.get("to") }).end();
      case "slow":
        return;
      case "parts": {
        const waiting = unfinished.size;
        if (number === "last") for (const other of unfinished) other.end("last");
        if (number) return answer(response, 200, { waiting });
        unfinished.add(response);
        response.on("close", () => unfinished.delete(response));
        response.writeHead(200, { "Content-Type": "text/plain", "Cache-Control": "no-store" });
        return response.write("first");
      }
      case "bound": {
        const facts = await introspect(issuer, token);
        const { method } = request;
        const asked = `http://${request.headers.host}${request.url}`;
        const wrong = facts.active
          ? await check({ proof: dpop, method, url: asked, token, jkt: facts.cnf?.jkt, nonces: [`nonce-${nonce}`] })
          : "the token is not valid";
        // Good for one request.
        response.setHeader("DPoP-Nonce", `nonce-${++nonce}`);
        received.wrong = wrong;
        if (scheme === "DPoP" && !wrong) return answer(response, 200, received);
        const error = wrong === "nonce" ? "use_dpop_nonce" : "invalid_token";
        return answer(response, 401, received, { "WWW-Authenticate": `DPoP error="${error}", algs="ES256"` });
      }
      case "hidden":
        response.setHeader("Access-Control-Expose-Headers", "WWW-Authenticate");
        return answer(response, 401, {}, { "DPoP-Nonce": "hidden", "WWW-Authenticate": 'DPoP error="use_dpop_nonce"' });
      default:
        return answer(response, 200, received);
    }
  }, 0);
  return { origin: `http://localhost:${port}`, close };
}

function allow(request, response) {
  response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
  response.setHeader("Access-Control-Allow-Headers", "authorization, content-type, dpop, x-own");
  response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, PATCH");
  response.setHeader("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce");
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { ...headers, "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
