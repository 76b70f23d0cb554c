// A provider that serves an extension knows its origin. oidc-provider registers web origins only, so requests from
// extensions are presented to it as the app's; the log, which is written before, has the true origin.

export const adoptExtensions = (appOrigin) => (context, next) => {
  if (context.get("origin").startsWith("chrome-extension://")) context.req.headers.origin = appOrigin();
  return next();
};
