//! Tokens for two APIs and for less than was granted, from one refresh token that rotates; a step-up sign-in; and
//! authorization details (RFC 9396).

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

const ORDERS: &str = "https://orders.example";
const MAIL: &str = "https://mail.example";

/// What the token says that it is for.
async fn token(page: &Page, options: Value) -> Result<(Value, Value), Error> {
    let read = "const { aud, scope } = JSON.parse(atob((await auth.getAccessToken(given)).split('.')[1]
        .replaceAll('-', '+').replaceAll('_', '/')));
        return { aud, scope }";
    let said = page.run_with(read, options).await?;
    Ok((said["aud"].clone(), said["scope"].clone()))
}

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let config = json!({ "scope": "openid read write", "resource": [ORDERS, MAIL], "autoRefresh": false });
    open_app(trial, &page, config.clone()).await?;
    sign_in(trial, &page, "Ada", config.clone()).await?;
    trial.server.reset().await?;

    assert_eq!(token(&page, json!({})).await?, (json!(ORDERS), json!("read write")));
    assert_eq!(token(&page, json!({ "resource": MAIL })).await?, (json!(MAIL), json!("read")));
    assert_eq!(token(&page, json!({ "scope": "read" })).await?, (json!(ORDERS), json!("read")));
    assert_eq!(trial.server.log().await?.refreshes().len(), 2, "the session's own was there already");

    let many = "const targets = [{}, { resource: given }, { scope: 'read' }, { resource: given, scope: 'read' }];
        const all = await Promise.all(Array.from({ length: 40 }, (_, index) => auth.getAccessToken(targets[index % 4])));
        return new Set(all).size";
    assert_eq!(page.run_with(many, json!(MAIL)).await?, 3);
    assert_eq!(trial.server.log().await?.refreshes().len(), 2, "cached, each by itself");

    page.reload().await?;
    start(&page, config.clone()).await?;
    assert_eq!(token(&page, json!({ "resource": MAIL })).await?.0, MAIL);
    assert_eq!(trial.server.log().await?.refreshes().len(), 2, "and stored");
    assert_eq!(token(&page, json!({ "forceRefresh": true })).await?.0, ORDERS, "a renewed token is for the same API");

    // This provider spends the refresh token before it refuses a target: what the grant cannot cover is not asked for.
    trial.server.reset().await?;
    for beyond in [
        json!({ "resource": "https://photos.example" }),
        json!({ "resource": "https://mail.example/" }),
        json!({ "resource": MAIL, "scope": "admin" }),
        json!({ "scope": "read admin", "forceRefresh": true }),
    ] {
        let refused = page.rejection_of_with("return await auth.getAccessToken(given)", beyond.clone()).await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("invalid_argument")), "{beyond}");
        assert!(refused["message"].as_str().is_some_and(|text| text.contains("sign-in")), "{refused}");
    }
    let log = trial.server.log().await?;
    assert!(log.to("token").is_empty(), "{}", log.text());
    assert_eq!(token(&page, json!({ "forceRefresh": true })).await?.0, ORDERS, "the session goes on");

    // A step-up sign-in, with what an API asked for.
    trial.server.reset().await?;
    page.begin("await auth.signIn({ maxAgeSeconds: 3600, acrValues: 'gold' })").await?;
    page.wait_for_url(&format!("{}/?code=", trial.server.app)).await?;
    let again = start(&page, config.clone()).await?;
    assert_eq!(again["redirectResult"]["error"], Value::Null, "{again}");
    let log = trial.server.log().await?;
    let asked = &log.to("authorization")[0]["query"];
    assert_eq!((&asked["max_age"], &asked["acr_values"]), (&json!("3600"), &json!("gold")), "{}", log.text());
    assert_eq!(again["state"]["session"]["authorizationDetails"], Value::Null);
    trial.server.reset().await?;
    authorization_details(trial, &page, config).await
}

/// The provider grants less than it is asked for, and the session shows what.
async fn authorization_details(trial: &Trial, page: &Page, config: Value) -> Outcome {
    let wanted = json!([{ "type": "photo_album", "actions": ["look", "delete"], "album": "Süden & \"Norden\"" }]);
    let granted = json!([{ "type": "photo_album", "actions": ["look"], "album": "Süden & \"Norden\"" }]);
    page.begin(&format!("await auth.signIn({{ authorizationDetails: {wanted} }})")).await?;
    page.wait_for_url(&format!("{}/login/", trial.server.provider)).await?;
    page.click("form button[type=submit]").await?;
    page.wait_for_url(&format!("{}/?code=", trial.server.app)).await?;
    let back = start(page, config.clone()).await?;
    assert_eq!(back["redirectResult"]["result"]["session"]["authorizationDetails"], granted, "{back}");
    let log = trial.server.log().await?;
    let asked = log.to("authorization")[0]["query"]["authorization_details"].as_str().unwrap_or_default();
    assert_eq!(serde_json::from_str::<Value>(asked)?, wanted, "{}", log.text());

    let shown = "return plain(auth.state.session.authorizationDetails)";
    page.reload().await?;
    start(page, config).await?;
    assert_eq!(page.run(shown).await?, granted, "after a reload");
    page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!(page.run(shown).await?, granted, "after a refresh");

    // A type that the provider does not know is its own to refuse.
    page.begin("await auth.signIn({ authorizationDetails: [{ type: 'unheard_of' }] })").await?;
    page.wait_for_url(&format!("{}/?error=", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let refused = start(page, json!({ "autoRefresh": false })).await?;
    let error = &refused["redirectResult"]["error"];
    assert_eq!((&error["code"], &error["oauth"]["error"]), (&json!("authorization_failed"), &json!("invalid_authorization_details")));
    Ok(())
}
