//! Tokens for two APIs and for less than was granted, from one refresh token that rotates; and a step-up sign-in.

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

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

    // A step-up sign-in, with what an API asked for.
    trial.server.reset().await?;
    page.begin("await auth.signIn({ maxAgeSeconds: 3600, acrValues: 'gold' })").await?;
    page.wait_for_url(&format!("{}/?code=", trial.server.app)).await?;
    let again = start(&page, config).await?;
    assert_eq!(again["redirectResult"]["error"], Value::Null, "{again}");
    let log = trial.server.log().await?;
    let asked = &log.to("authorization")[0]["query"];
    assert_eq!((&asked["max_age"], &asked["acr_values"]), (&json!("3600"), &json!("gold")), "{}", log.text());
    assert_eq!(again["state"]["session"]["authorizationDetails"], Value::Null);
    Ok(())
}
