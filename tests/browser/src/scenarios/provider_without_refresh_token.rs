//! A provider that gives public clients no refresh token: the session is good until its token expires, then calls say
//! `no_refresh_token`, nothing is asked of the provider, and a sign-in goes on from there (K4).

use serde_json::json;

use crate::Outcome;
use crate::steps::{call_api, open_app, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(6, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    // In the background, too, nothing may come of it.
    let page = trial.browser.first_tab();
    open_app(trial, &page, json!({})).await?;
    trial.server.fail("token", json!({ "remove": ["refresh_token"] })).await?;
    let signed_in = sign_in(trial, &page, "Ada", json!({})).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in");
    let token = page.run("return await auth.getAccessToken()").await?;
    assert_eq!(call_api(&page, &token).await?["status"], 200);
    let refused = page.rejection_of("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("no_refresh_token")), "{refused}");
    page.reload().await?;
    start(&page, json!({})).await?;

    page.wait_for("return Date.now() > auth.state.session.expiresAt + 500").await?;
    let asked = "return await Promise.all(Array.from({ length: 10 }, () => auth.getAccessToken().catch((error) => error.code)))";
    let codes = page.run(asked).await?;
    assert!(codes.as_array().into_iter().flatten().all(|code| code == "no_refresh_token"), "never an expired one: {codes}");
    let log = trial.server.log().await?;
    assert!(log.refreshes().is_empty(), "{}", log.text());
    // Nor is anybody asked in silence: that is for the app to try, where frames get cookies.
    assert_eq!(log.to("authorization").len(), 1, "{}", log.text());
    assert_eq!(page.run("return document.querySelectorAll('iframe').length").await?, 0);
    assert_eq!(page.run("return problems").await?, json!([]));

    // The provider still knows the person.
    page.begin("await auth.signIn()").await?;
    page.wait_for("return location.search.includes('code=')").await?;
    start(&page, json!({})).await?;
    assert_ne!(page.run("return await auth.getAccessToken()").await?, token);
    Ok(())
}
