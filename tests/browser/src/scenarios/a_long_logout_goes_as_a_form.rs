//! What is too long for an address reaches the provider's logout as a form by POST, which a provider takes as it
//! takes an address (G2): the user is signed out there too, and comes back. Where the page's own policy forbids forms, the
//! page leaves without the hint.

use serde_json::json;

use crate::Outcome;
use crate::page::{PATIENCE, wait_until};
use crate::shortcut::{assert_signed_out, sign_in_here};
use crate::steps::{open_app, quiet, return_from_logout, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;

    // The provider's own pages, with a session there.
    sign_in(trial, &page, "Ada", quiet()).await?;
    server.reset().await?;
    page.begin("await auth.signOut({ params: { ui_locales: 'en '.repeat(1000), submit: 'x' } })").await?;
    return_from_logout(trial, &page, &format!("{}/", server.app)).await?;
    let log = server.log().await?;
    let request = log.to("end_session")[0];
    assert_eq!((&request["method"], &request["query"]), (&json!("POST"), &json!({})), "{}", log.text());
    let form = &request["form"];
    assert_eq!((&form["client_id"], &form["submit"]), (&json!("keyward-demo"), &json!("x")), "{}", log.text());
    assert!(form["id_token_hint"].is_string() && form["state"].is_string(), "{}", log.text());
    let back = start(&page, quiet()).await?;
    assert_eq!((&back["redirectResult"], &back["url"]), (&json!(null), &json!(format!("{}/", server.app))), "{back}");
    assert_signed_out(&page, "back").await?;
    assert_eq!(page.run("return document.querySelector('form')").await?, json!(null));

    if trial.isolated {
        // There, nothing of the page can make a stored token longer.
        return Ok(());
    }
    for length in [29_000, 500_000] {
        server.reset().await?;
        open_app(trial, &page, quiet()).await?;
        sign_in_here(trial, &page, "Ada").await?;
        page.run_with(LENGTHEN, json!(length)).await?;
        open_app(trial, &page, quiet()).await?;
        page.begin("await auth.signOut()").await?;
        // Which no provider has issued: it says so, to the user.
        page.wait_for_url(&server.provider).await?;
        let answered = || async { Ok((server.log().await?.to("end_session").len() == 1).then_some(())) };
        wait_until(PATIENCE, "the logout to arrive", answered).await?;
        let log = server.log().await?;
        let hint = log.to("end_session")[0]["form"]["id_token_hint"].as_str().unwrap_or_default().to_owned();
        assert!(hint.starts_with(&format!("{length}:")), "whole, as the recorder counts it: {hint}");
    }

    server.reset().await?;
    open_app(trial, &page, quiet()).await?;
    sign_in_here(trial, &page, "Ada").await?;
    page.run_with(LENGTHEN, json!(29_000)).await?;
    open_app(trial, &page, quiet()).await?;
    let forbid = "document.head.append(Object.assign(document.createElement('meta'),
        { httpEquiv: 'Content-Security-Policy', content: \"form-action 'none'\" }))";
    page.run(forbid).await?;
    server.fail("end_session", json!({ "status": 200, "body": "signed out" })).await?;
    page.begin("await auth.signOut()").await?;
    page.wait_for_url(&server.provider).await?;
    let log = server.log().await?;
    let request = log.to("end_session")[0];
    assert_eq!(request["method"], "GET", "{}", log.text());
    assert_eq!(request["query"]["client_id"], "keyward-demo", "{}", log.text());
    assert!(request["query"]["state"].is_string() && request["query"]["id_token_hint"].is_null(), "{}", log.text());
    Ok(())
}

/// The stored ID token becomes so long.
const LENGTHEN: &str = "auth.close();
    await changeRecords((key, value) => {
      if (!key.includes(':session:')) return value;
      return JSON.stringify({ ...JSON.parse(value), idToken: 'x'.repeat(given) });
    })";
