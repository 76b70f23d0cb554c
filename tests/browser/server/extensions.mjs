// A provider that serves an extension knows its origin. oidc-provider registers web origins only, so requests from
// extensions, and from sandboxed frames, whose origin is "null", are presented to it as the app's; the log, which is
// written before, has the true origin.

import { endpointOf } from "./recorder.mjs";

/** What scripts ask for. Browsers send the origin "null" with some navigations, too. */
const FETCHED = ["discovery", "jwks", "token", "revocation", "userinfo"];

export const adoptExtensions = (appOrigin) => async (context, next) => {
  const origin = context.get("origin");
  const sandboxed = origin === "null" && FETCHED.includes(endpointOf(context.path));
  if (sandboxed || /^(chrome|moz)-extension:/.test(origin)) context.req.headers.origin = appOrigin();
  await next();
  if (sandboxed) context.set("access-control-allow-origin", origin);
};
