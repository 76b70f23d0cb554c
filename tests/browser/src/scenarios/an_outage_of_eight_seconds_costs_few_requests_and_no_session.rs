//! The token endpoint is down for eight seconds: requests keep the back-off's distances, and then everybody goes on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{call_api, distances, let_the_token_expire, open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).waiting();

const OUTAGE: f64 = 8_000.0;

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    server.reset().await?;
    let_the_token_expire(&[&one, &two]).await?;
    server.fail("token", json!({ "status": 0, "lasts": OUTAGE })).await?;

    // Two tabs that ask ten times a second (a hidden one: once), and that the outage keeps from nothing but a token.
    for page in [&one, &two] {
        page.run("events.length = 0").await?;
        page.begin("return await pester()").await?;
    }
    let mut tokens = vec![];
    for page in [&one, &two] {
        page.wait_up_to(Duration::from_secs(40), "return window.begun").await?;
        let result = page.finish().await?;
        let refusals = result["refusals"].as_array().cloned().unwrap_or_default();
        assert!(refusals.len() >= 5, "{result}");
        let told = |refusal: &Value| refusal["code"] == "network" && refusal["retryable"] == true;
        assert!(refusals.iter().all(told), "{refusals:?}");
        tokens.push(result["token"].clone());

        let told = page.run("return events.map(({ type, event }) => [type, event.retryAt ?? null])").await?;
        let told = told.as_array().cloned().unwrap_or_default();
        let (last, failures) = told.split_last().ok_or("no event")?;
        assert_eq!(last[0], "tokenRefreshed", "{told:?}");
        assert!(!failures.is_empty(), "{told:?}");
        assert!(failures.iter().all(|event| event[0] == "refreshFailed" && event[1].is_number()), "{told:?}");
        assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_in", []]));
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(call_api(&one, &tokens[0]).await?["body"]["subject"], "ada");

    let log = server.log().await?;
    let requests = log.to("token");
    let (last, failed) = requests.split_last().ok_or("no request")?;
    assert_eq!(last["status"], 200, "{}", log.text());
    assert!(failed.iter().all(|request| request["status"] == 0), "{}", log.text());
    // Full jitter: from one second to one, two, four, eight after the first, second, ... failure. Somebody asks at least
    // every 100 ms; the rest is for a slow machine.
    for (failures, distance) in distances(&requests).into_iter().enumerate() {
        let ceiling = f64::from(1000 << failures.min(8));
        assert!((990.0..ceiling + 4000.0).contains(&distance), "{distance} after {} failures", failures + 1);
    }
    assert!((3..=9).contains(&failed.len()), "{}", log.text());
    Ok(())
}
