//! The provider takes eight seconds to answer: a second tab waits as long, and one request serves both.

use serde_json::json;

use crate::Outcome;
use crate::steps::{ASK, let_the_token_expire, open_another, open_app, quiet, sign_in, tabs_wait_for_a_lock};
use crate::steps::{call_api, token_requests_arrive};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).waiting();

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    server.reset().await?;
    let_the_token_expire(&[&one, &two]).await?;
    server.fail("token", json!({ "delay": 8000 })).await?;

    one.begin(ASK).await?;
    token_requests_arrive(trial, 1).await?;
    two.begin(ASK).await?;
    tabs_wait_for_a_lock(&two, 1).await?;
    let results = [one.finish().await?, two.finish().await?];

    let log = server.log().await?;
    assert_eq!(log.to("token").len(), 1, "{}", log.text());
    let request = log.to("token")[0];
    let answered = request["time"].as_f64().unwrap_or_default() + request["took"].as_f64().unwrap_or_default();
    assert!(request["took"].as_f64() >= Some(8000.0), "{request}");
    for result in &results {
        let waited = result["at"].as_f64().unwrap_or(f64::MAX) - answered;
        assert!((-5.0..5000.0).contains(&waited), "{waited} ms after the answer: {result}");
    }
    assert!(results[0]["token"].is_string() && results[0]["token"] == results[1]["token"], "{results:?}");
    assert_eq!(call_api(&two, &results[1]["token"]).await?["body"]["subject"], "ada");
    for (page, origin) in [(&one, "local"), (&two, "other_context")] {
        let told = page.run("return [events.map(({ type, event }) => [type, event.origin]), problems]").await?;
        assert_eq!(told, json!([[["tokenRefreshed", origin]], []]));
    }
    Ok(())
}
