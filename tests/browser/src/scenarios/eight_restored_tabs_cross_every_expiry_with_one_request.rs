//! Eight tabs restored over one session ask in the same moment, expiry after expiry: so many expiries, so many requests.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::engines::Engine;
use crate::steps::{open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(4, |trial| Box::pin(run(trial))).waiting();

const TABS: usize = 8;

/// Real expiries of a token that lives for four seconds.
fn rounds(engine: Engine) -> usize {
    if engine == Engine::Chromium { 25 } else { 6 }
}

async fn run(trial: &Trial) -> Outcome {
    let first = trial.browser.first_tab();
    open_app(trial, &first, quiet()).await?;
    sign_in(trial, &first, "Ada", quiet()).await?;
    let mut tabs = vec![];
    while tabs.len() < TABS - 1 {
        tabs.push(open_another(trial, quiet()).await?);
    }
    tabs.push(first);
    for tab in &tabs {
        tab.run("events.length = 0; joinCrew()").await?;
    }
    trial.server.reset().await?;

    // The last one is in front: the timers of a hidden tab would be late.
    let Some(first) = tabs.last() else { return Err("no tab".into()) };
    let rounds = rounds(trial.engine);
    first.begin(&format!("return await leadCrew({rounds}, {TABS})")).await?;
    first.wait_up_to(Duration::from_secs(7 * rounds as u64), "return window.begun").await?;
    let answers = first.finish().await?;

    let mut tokens = BTreeSet::new();
    for (round, answers) in answers.as_array().into_iter().flatten().enumerate() {
        let distinct: BTreeSet<String> = answers.as_array().into_iter().flatten().map(Value::to_string).collect();
        assert_eq!(answers.as_array().map(Vec::len), Some(TABS), "round {round}");
        assert_eq!(distinct.len(), 1, "round {round}: the tabs hold different tokens: {distinct:?}");
        assert!(tokens.is_disjoint(&distinct), "round {round}: an old token came back");
        tokens.extend(distinct);
    }
    assert_eq!(tokens.len(), rounds);

    let log = trial.server.log().await?;
    assert_eq!((log.refreshes().len(), log.to("token").len()), (rounds, rounds), "{}", log.text());
    assert!(log.refreshes().iter().all(|request| request["status"] == 200), "{}", log.text());
    let presented: BTreeSet<String> =
        log.refreshes().iter().map(|request| request["form"]["refresh_token"].to_string()).collect();
    assert_eq!(presented.len(), rounds, "a refresh token was presented twice:\n{}", log.text());

    // Each tab heard of each new token once, and one of the tabs each time as its own doing.
    let mut local = 0;
    for tab in &tabs {
        let told = tab.run("return [events.map(({ type, event }) => [type, event.origin]), auth.state.status]").await?;
        assert_eq!(told[1], "signed_in");
        let events = told[0].as_array().cloned().unwrap_or_default();
        assert_eq!(events.len(), rounds, "{told}");
        assert!(events.iter().all(|event| event[0] == "tokenRefreshed"), "{told}");
        local += events.iter().filter(|event| event[1] == "local").count();
        assert_eq!(tab.run("return problems").await?, json!([]));
    }
    assert_eq!(local, rounds);
    // The last token may be over by now; one more is a matter of one more request. It is used at once: it lives for four
    // seconds.
    let used = "const token = await auth.getAccessToken({ forceRefresh: true });
        const response = await fetch('/api/me', { headers: { authorization: 'Bearer ' + token } });
        return (await response.json()).subject";
    assert_eq!(first.run(used).await?, "ada");
    Ok(())
}
