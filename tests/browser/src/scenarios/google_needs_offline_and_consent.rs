//! Google gives a refresh token only for `access_type=offline`, and after the first time only with `prompt=consent`: both
//! are sent with every sign-in, and a grant without a refresh token inherits none.

use serde_json::{Value, json};

use crate::Outcome;
use crate::shortcut::{sign_in_here, start_over};
use crate::steps::{open_app, quiet};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    // As the preset has it.
    let presets = "const { google } = await import('/pkg/providers.js');
        return google({ clientId: 'app', tokenEndpoint: 'https://app.example/token' }).authorizationParams";
    let params = page.run(presets).await?;
    assert_eq!(params, json!({ "access_type": "offline", "prompt": "consent" }));
    let mut config = quiet();
    config["authorizationParams"] = params;
    start_over(&page, config).await?;

    for round in 0..2 {
        trial.server.reset().await?;
        sign_in_here(trial, &page, "Ada").await?;
        let log = trial.server.log().await?;
        let asked = &log.to("authorization")[0]["query"];
        assert_eq!((&asked["access_type"], &asked["prompt"]), (&json!("offline"), &json!("consent")), "round {round}");
        page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    }

    // Without them Google keeps the refresh token back from whoever has consented before.
    start_over(&page, quiet()).await?;
    trial.server.reset().await?;
    trial.server.fail("token", json!({ "remove": ["refresh_token"] })).await?;
    sign_in_here(trial, &page, "Ada").await?;
    let log = trial.server.log().await?;
    assert_eq!(log.to("authorization")[0]["query"]["access_type"], Value::Null);
    trial.server.reset().await?;
    let refused = page.rejection_of("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!(refused["code"], "no_refresh_token", "the one of the sign-in before is not used: {refused}");
    assert!(trial.server.log().await?.refreshes().is_empty());
    Ok(())
}
