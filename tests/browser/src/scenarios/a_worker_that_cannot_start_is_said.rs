//! A policy that forbids workers, and config that a worker cannot work with: `init` says what is wrong.

use serde_json::json;

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/without-workers.html", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let refused = page.rejection_of("await start({ isolation: 'worker' })").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("unsupported")), "{refused}");
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("worker-src")), "{refused}");
    // In the page itself it works all the same.
    assert_eq!(page.run("return (await start({})).state.status").await?, "signed_out");

    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    for (config, member) in [
        (json!({ "isolation": "worker", "storage": "memory" }), "storage"),
        (json!({ "isolation": "worker", "storage": "adapter" }), "storage"),
        (json!({ "isolation": "worker", "exposeAccessToken": "no" }), "exposeAccessToken"),
        (json!({ "isolation": "page", "exposeAccessToken": false }), "exposeAccessToken"),
        (json!({ "isolation": "elsewhere" }), "isolation"),
        (json!({ "isolation": "worker", "clientSecret": "x" }), "clientSecret"),
    ] {
        let refused = page.rejection_of_with("await start(given)", config.clone()).await?;
        assert_eq!(refused["code"], "invalid_config", "{config}: {refused}");
        assert!(refused["message"].as_str().is_some_and(|message| message.starts_with(member)), "{config}: {refused}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
