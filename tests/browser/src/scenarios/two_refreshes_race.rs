//! Forty calls in two tabs want a new token in the same moment: one request, one new token for all, each refresh token
//! presented once (E2).

use std::collections::BTreeSet;

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const ROUNDS: usize = 3;
const ASK: &str = "await released();
    const calls = Array.from({ length: 20 }, () => auth.getAccessToken({ forceRefresh: true }));
    return [...new Set(await Promise.all(calls))]";

async fn run(trial: &Trial) -> Outcome {
    let first = trial.browser.first_tab();
    open_app(trial, &first, quiet()).await?;
    sign_in(trial, &first, "Ada", quiet()).await?;
    let second = trial.browser.new_tab().await?;
    open_app(trial, &second, quiet()).await?;
    trial.server.reset().await?;
    let mut tokens = BTreeSet::new();
    for round in 0..ROUNDS {
        // Late enough that the other tab's calls are there before the answer is.
        trial.server.fail("token", json!({ "delay": 400 })).await?;
        for page in [&first, &second] {
            page.begin(ASK).await?;
            page.wait_for("return window.isWaiting").await?;
        }
        second.run("release()").await?;
        let (one, other) = (first.finish().await?, second.finish().await?);
        assert_eq!(one.as_array().map(Vec::len), Some(1), "round {round}: {one}");
        assert_eq!(one, other, "round {round}: both tabs have the same new token");
        assert!(tokens.insert(one.to_string()), "round {round}: an old token came back");
        let log = trial.server.log().await?;
        assert_eq!(log.refreshes().len(), round + 1, "round {round}:\n{}", log.text());
    }
    let log = trial.server.log().await?;
    let presented: BTreeSet<_> = log.refreshes().iter().map(|it| it["form"]["refresh_token"].to_string()).collect();
    assert_eq!(presented.len(), ROUNDS, "a refresh token was presented twice:\n{}", log.text());
    for page in [&first, &second] {
        let told = page.run("return events.filter(({ type }) => type === 'tokenRefreshed').length").await?;
        assert_eq!(told, ROUNDS, "once per transition and context");
    }
    Ok(())
}
