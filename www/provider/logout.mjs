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
