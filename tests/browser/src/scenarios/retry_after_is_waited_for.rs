//! 429 with Retry-After: 5: nobody asks earlier, whoever insists; meanwhile the token that is valid still is handed out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{distances, open_another, open_app, quiet, sign_in, token_requests_arrive};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).waiting();

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    let valid = one.run("return await auth.getAccessToken()").await?;
    server.reset().await?;
    let headers = json!({ "retry-after": "5", "access-control-expose-headers": "Retry-After" });
    server.fail("token", json!({ "status": 429, "headers": headers })).await?;

    one.begin("return await pester({ forceRefresh: true })").await?;
    token_requests_arrive(trial, 1).await?;
    one.wait_for("return auth.state.session && events.some(({ type }) => type === 'refreshFailed')").await?;
    two.begin("return await pester({ forceRefresh: true })").await?;
    for page in [&one, &two] {
        assert_eq!(page.run("return await auth.getAccessToken()").await?, valid);
    }

    let mut tokens = vec![];
    for page in [&one, &two] {
        page.wait_up_to(Duration::from_secs(40), "return window.begun").await?;
        let result = page.finish().await?;
        let told = |refusal: &Value| refusal["code"] == "temporarily_unavailable" && refusal["retryable"] == true;
        assert!(result["refusals"].as_array().is_some_and(|all| all.len() >= 5 && all.iter().all(told)), "{result}");
        assert_ne!(result["token"], valid);
        tokens.push(result["token"].clone());
        assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_in", []]));
    }

    let log = server.log().await?;
    let requests = log.to("token");
    assert_eq!(requests[0]["status"], 429);
    assert!(requests[1..].iter().all(|request| request["status"] == 200), "{}", log.text());
    // Both insist on a token of their own making, so there may be two; nobody came within the five seconds.
    assert!((2..=3).contains(&requests.len()), "{}", log.text());
    let distance = distances(&requests)[0];
    assert!((5000.0..10_000.0).contains(&distance), "{distance} ms after a Retry-After of 5 s");
    Ok(())
}
