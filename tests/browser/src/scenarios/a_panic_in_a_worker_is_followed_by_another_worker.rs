//! What cannot happen happens inside the module, in a worker: calls end with `closed` instead of being left pending, and
//! the tabs go on with another worker and the same session.

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker();

const RENEW: &str = "return await auth.getAccessToken({ forceRefresh: true })";

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    let token = one.run("return await auth.getAccessToken()").await?;
    server.reset().await?;

    // A worker without randomness: no value is better than one that can be guessed.
    one.run("await orderWorker({ breaks: true })").await?;
    let ended = one.rejection_of("await auth.signIn()").await?;
    assert_eq!((&ended["isAuthError"], &ended["code"]), (&json!(true), &json!("closed")), "{ended}");

    for tab in [&one, &two] {
        assert_eq!(tab.run("return await auth.getAccessToken()").await?, token);
        // What stops the module is reported to the page that a Worker belongs to; a SharedWorker belongs to none.
        let seen = "return [auth.state.status, problems.filter((problem) => !problem.includes('RuntimeError'))]";
        assert_eq!(tab.run(seen).await?, json!(["signed_in", []]));
    }
    let renewed = one.run(RENEW).await?;
    assert_ne!(renewed, token);
    let same = format!("return await auth.getAccessToken() === {renewed}");
    two.wait_for("return events.some(({ type }) => type === 'tokenRefreshed')").await?;
    assert_eq!(two.run(&same).await?, json!(true));
    let log = server.log().await?;
    assert_eq!((log.refreshes().len(), log.to("authorization").len()), (1, 0), "{}", log.text());
    Ok(())
}
