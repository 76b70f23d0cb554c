//! The harness itself: when this fails, no other story means anything.

use serde_json::{Value, json};

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("no client takes part in it");

async fn run(trial: &Trial) -> Outcome {
    let url = format!("{}/blank.html", trial.server.app);
    let first = trial.browser.first_tab();
    first.open(&url).await?;
    let second = trial.browser.new_tab().await?;
    second.open(&url).await?;

    // One profile, two tabs: storage is shared, globals are not.
    first.run_with("localStorage.setItem('greeting', given); window.mine = 1", json!("hello")).await?;
    let seen = second.run("return [localStorage.getItem('greeting'), window.mine ?? null]").await?;
    assert_eq!(seen, json!(["hello", null]));

    // A message reaches the other tab, whichever of the two is in front.
    first.begin("return new Promise((got) => { new BroadcastChannel('x').onmessage = (e) => got(e.data) })").await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    second.run("new BroadcastChannel('x').postMessage('ping')").await?;
    assert_eq!(first.finish().await?, "ping");

    // The provider's log and its faults.
    let issuer = json!(trial.server.provider);
    let status = "return (await fetch(given + '/.well-known/openid-configuration')).status";
    trial.server.fail("discovery", json!({ "status": 503 })).await?;
    assert_eq!(first.run_with(status, issuer.clone()).await?, 503);
    assert_eq!(first.run_with(status, issuer.clone()).await?, 200);
    let log = trial.server.log().await?;
    assert_eq!(log.to("discovery").len(), 2);
    trial.server.reset().await?;
    assert!(trial.server.log().await?.is_empty());

    assert!(first.rejection_of("throw new Error('no')").await?["message"].as_str().is_some());
    first.reload().await?;
    assert_eq!(first.run("return window.mine ?? null").await?, Value::Null);
    assert!(first.screenshot().await?.len() > 500);
    Ok(())
}
