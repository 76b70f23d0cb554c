//! A tab with an older release of the package beside one with the newer: each has a worker that speaks its version, they
//! share the session, and refresh it once between them. Chromium alone lets a driver count workers.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::steps::{open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .in_a_worker();

async fn run(trial: &Trial) -> Outcome {
    let (server, newer) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &newer, quiet()).await?;
    sign_in(trial, &newer, "Ada", quiet()).await?;
    let older = trial.browser.new_tab().await?;
    older.open(&format!("{}/", server.app)).await?;
    older.wait_for("return document.documentElement.dataset.ready").await?;
    let status = "const { createAuth } = await import('/older/index.js');
        window.auth = await createAuth(await configuration(given));
        return auth.state.status";
    assert_eq!(older.run_with(status, quiet()).await?, "signed_in");

    // Each has shown what was left there, and asks its worker now.
    for tab in [&newer, &older] {
        tab.run("return await auth.getAccessToken()").await?;
    }
    let targets = newer.devtools("Target.getTargets", json!({})).await?;
    let targets = targets["targetInfos"].as_array().cloned().unwrap_or_default();
    let workers = targets.iter().filter(|target| target["type"] == "shared_worker").count();
    assert_eq!(workers, 2, "{targets:?}");

    server.reset().await?;
    server.fail("token", json!({ "delay": 1000 })).await?;
    for tab in [&newer, &older] {
        tab.begin("return await auth.getAccessToken({ forceRefresh: true })").await?;
    }
    let renewed = newer.finish().await?;
    assert_eq!(older.finish().await?, renewed);
    let log = server.log().await?;
    assert_eq!(log.refreshes().len(), 1, "{}", log.text());

    // What one of them ends, the other one knows.
    older.run("await auth.signOut({ mode: 'local' })").await?;
    newer.wait_for("return auth.state.status === 'signed_out'").await?;
    Ok(())
}
