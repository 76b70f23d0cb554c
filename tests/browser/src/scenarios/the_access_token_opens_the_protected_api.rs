//! The token that `getAccessToken` returns is one that a resource server accepts, and it is the person's own.

use serde_json::json;

use crate::Outcome;
use crate::steps::{call_api, open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, json!({})).await?;
    let refused = page.rejection_of("return await keyward.getAccessToken()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("login_required")));

    sign_in(trial, &page, "Grace Hopper", json!({})).await?;
    let token = page.run("return await keyward.getAccessToken()").await?;
    let answer = call_api(&page, &token).await?;
    assert_eq!(answer["status"], 200);
    assert_eq!(answer["body"]["subject"], "grace-hopper");
    assert_eq!(answer["body"]["name"], "Grace Hopper");

    // The expiry that the page shows is the one that the provider enforces.
    let shown = page.run("return auth.state.session.expiresAt").await?.as_f64().unwrap_or_default();
    let enforced = answer["body"]["expiresAt"].as_f64().unwrap_or_default();
    assert!((shown - enforced).abs() < 10_000.0, "shown {shown}, enforced {enforced}");

    // A cached token costs the provider nothing, however many ask.
    trial.server.reset().await?;
    let many = "return [...new Set(await Promise.all(Array.from({ length: 200 }, () => auth.getAccessToken())))]";
    assert_eq!(page.run(many).await?, json!([token]));
    assert!(trial.server.log().await?.is_empty());
    Ok(())
}
