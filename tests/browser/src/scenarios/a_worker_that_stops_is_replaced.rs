//! The SharedWorker is killed: the tabs notice, another one goes on with the stored session, and calls that were under
//! way are made again. Chromium alone lets a driver kill a worker.

use serde_json::{Value, json};

use crate::Outcome;
use crate::engines::Engine;
use crate::steps::{a_token_request_is_held, open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .in_a_worker();

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    let token = one.run("return await auth.getAccessToken()").await?;
    server.reset().await?;
    server.fail("token", json!({ "hold": "request" })).await?;
    one.begin("return await auth.getAccessToken({ forceRefresh: true })").await?;
    a_token_request_is_held(trial, 1).await?;

    let targets = one.devtools("Target.getTargets", json!({})).await?;
    let workers: Vec<&Value> = targets["targetInfos"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|target| target["type"] == "shared_worker")
        .collect();
    assert_eq!(workers.len(), 1, "one worker for both tabs: {targets}");
    one.devtools("Target.closeTarget", json!({ "targetId": workers[0]["targetId"] })).await?;

    // The call that was under way is made again by the next worker.
    let renewed = one.finish().await?;
    assert!(renewed.is_string() && renewed != token, "{renewed}");
    assert_eq!(two.run("return await auth.getAccessToken()").await?, renewed);
    for tab in [&one, &two] {
        assert_eq!(tab.run("return auth.state.status").await?, "signed_in");
        assert_eq!(tab.run("return problems").await?, json!([]));
    }
    let log = server.log().await?;
    let answered = log.refreshes().into_iter().filter(|request| request["status"] == 200).count();
    assert_eq!(answered, 1, "{}", log.text());
    Ok(())
}
