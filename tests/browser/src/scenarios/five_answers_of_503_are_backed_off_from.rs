//! 503 five times, with chance held fixed: each pause is the back-off's to the tenth of a second, also for several tabs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{distances, fix_chance, let_the_token_expire, open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .waiting()
    .not_in_a_worker("it fixes what the page draws by chance; retry-after-is-waited-for shows the back-off there");

/// What the first octet of every draw is from now on.
const CHANCE: u8 = 51;

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    server.reset().await?;
    for page in [&one, &two] {
        fix_chance(page, CHANCE).await?;
    }
    let_the_token_expire(&[&one, &two]).await?;
    let html = "<!doctype html><title>503</title><p>Back soon.";
    server.fail("token", json!({ "status": 503, "count": 5, "body": html, "headers": { "content-type": "text/html" } })).await?;

    for page in [&one, &two] {
        page.begin("return await pester()").await?;
    }
    let mut tokens = vec![];
    for page in [&one, &two] {
        page.wait_up_to(Duration::from_secs(40), "return window.begun").await?;
        let result = page.finish().await?;
        let told = |refusal: &Value| refusal["code"] == "temporarily_unavailable" && refusal["retryable"] == true;
        assert!(result["refusals"].as_array().is_some_and(|all| all.len() >= 5 && all.iter().all(told)), "{result}");
        tokens.push(result["token"].clone());
        assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_in", []]));
    }
    assert_eq!(tokens[0], tokens[1]);

    let log = server.log().await?;
    let requests = log.to("token");
    let statuses: Vec<&Value> = requests.iter().map(|request| &request["status"]).collect();
    assert_eq!(statuses, [503, 503, 503, 503, 503, 200], "{}", log.text());
    // One second, and this share of what is between it and 1, 2, 4, 8, 16 seconds.
    let share = f64::from(CHANCE) / 255.0;
    for (failures, distance) in distances(&requests).into_iter().enumerate() {
        let pause = 1000.0 + f64::from((1000 << failures) - 1000) * share;
        assert!((pause - 10.0..pause + 3000.0).contains(&distance), "{distance}, not {pause}, after failure {failures}");
    }
    Ok(())
}
