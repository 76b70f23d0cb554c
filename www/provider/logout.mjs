// RP-initiated logout. The app proves with the ID token whose session it means: if that person is signed in here,
// nothing is left to ask and the page goes on by itself. Otherwise the person decides.

import { logoutPage as page, SUBMIT_AT_ONCE, sendPage } from "./pages.mjs";

/** oidc-provider's `logoutSource`: `form` is its confirmation form, with the id "op.logoutForm". */
export function logoutPage(appOrigins) {
  return (context, form) => {
    const { client, entities, session } = context.oidc;
    const isProven = entities.IdTokenHint?.payload.sub === session.accountId;
    sendPage(context, page({ app: client?.clientName, form, asks: !isProven }), {
      formTargets: appOrigins,
      scripts: isProven ? [SUBMIT_AT_ONCE] : [],
    });
  };
}

const MOST_OCTETS = 1 << 20;

/**
 * The same by POST, which RP-Initiated Logout section 2 demands: an ID token may be too long for an address. oidc-provider takes it
 * only with cookies that go along from other sites (`enableHttpPostMethods`), which browsers want https for; on localhost
 * all is one site. So the form is read here, and goes on as the query that it stands for.
 */
export async function logoutByPost(context, next) {
  if (context.method === "POST" && context.path === "/session/end") {
    let form = "";
    for await (const chunk of context.req) {
      form += chunk;
      if (form.length > MOST_OCTETS) return context.throw(413);
    }
    context.method = "GET";
    context.querystring = form;
  }
  return next();
}
