//! Two tabs whose token expired ask in the same moment: the provider sees one refresh, both tabs get its token.

use std::collections::BTreeSet;

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(8, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

const ROUNDS: usize = 3;
const ASK: &str = "await released(); return await auth.getAccessToken({ minValiditySeconds: 2 })";

async fn run(trial: &Trial) -> Outcome {
    let first = trial.browser.first_tab();
    open_app(trial, &first, quiet()).await?;
    sign_in(trial, &first, "Ada", quiet()).await?;
    let second = trial.browser.new_tab().await?;
    let opened = open_app(trial, &second, quiet()).await?;
    assert_eq!(opened["state"]["status"], "signed_in");
    trial.server.reset().await?;

    let mut tokens = vec![];
    for round in 1..=ROUNDS {
        for page in [&first, &second] {
            page.run("events.length = 0").await?;
            page.wait_for("return Date.now() > auth.state.session.expiresAt + 100").await?;
        }
        for page in [&first, &second] {
            page.begin(ASK).await?;
            page.wait_for("return window.isWaiting").await?;
        }
        second.run("release()").await?;
        let (one, other) = (first.finish().await?, second.finish().await?);
        assert_eq!(one, other, "round {round}: the tabs hold different tokens");
        assert!(!tokens.contains(&one), "round {round}: an old token came back");
        tokens.push(one);

        let mut origins = vec![];
        for page in [&first, &second] {
            page.wait_for("return events.some(({ type }) => type === 'tokenRefreshed')").await?;
            let events = page.run("return events.map(({ type, event }) => [type, event.origin])").await?;
            assert_eq!(events.as_array().map(Vec::len), Some(1), "round {round}: {events}");
            origins.push(events[0][1].as_str().unwrap_or_default().to_owned());
        }
        origins.sort();
        assert_eq!(origins, ["local", "other_context"], "round {round}");
        let shown = first.run("return plain(auth.state)").await?;
        assert_eq!(second.run("return plain(auth.state)").await?, shown, "round {round}: different states");

        let log = trial.server.log().await?;
        assert_eq!(log.refreshes().len(), round, "round {round}:\n{}", log.text());
    }

    let log = trial.server.log().await?;
    let presented: BTreeSet<_> =
        log.refreshes().iter().map(|request| request["form"]["refresh_token"].to_string()).collect();
    assert_eq!(presented.len(), ROUNDS, "a refresh token was presented twice:\n{}", log.text());
    assert!(log.refreshes().iter().all(|request| request["status"] == json!(200)), "{}", log.text());
    Ok(())
}
