// Cross-Origin-Opener-Policy of the app's pages, of the callback page and of the provider's, as a test wants them:
// `{ app, callback, provider }`. Without one there is no header.

export function createOpenerPolicies() {
  let policies = {};
  // Not stored: a 304 without the header would leave a cached page its former policy.
  const header = (policy) => (policy ? { "Cross-Origin-Opener-Policy": policy, "Cache-Control": "no-store" } : {});

  return {
    set: (wanted) => {
      policies = wanted;
    },
    headersOf: (pathname) => header(pathname === "/callback.html" ? policies.callback : policies.app),
    middleware: async (context, next) => {
      await next();
      context.set(header(policies.provider));
    },
  };
}
