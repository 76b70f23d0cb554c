//! Whatever `expires_in` is: nobody gets an expired token, and 30 seconds pass between two background refreshes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{open_app, sign_in, token_requests_arrive};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// What a lifetime is taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    /// So many milliseconds.
    Lasts(f64),
    /// It is over already.
    Over,
    /// There is no telling: it is refreshed when somebody asks for that.
    Unknown,
}

fn lifetimes() -> Vec<(Option<Value>, Meaning)> {
    vec![
        (Some(json!("3600")), Meaning::Lasts(3_600_000.0)),
        (Some(json!(0)), Meaning::Unknown),
        (Some(json!(-1)), Meaning::Over),
        (Some(json!(1e12)), Meaning::Lasts(3653.0 * 86_400_000.0)),
        (Some(json!("abc")), Meaning::Unknown),
        (None, Meaning::Unknown),
        (Some(json!(1.5)), Meaning::Lasts(1500.0)),
        (Some(json!(null)), Meaning::Unknown),
    ]
}

/// A new token, and twenty callers one after the other: what the first was told, what the others were told.
const REFRESH_AND_ASK: &str = "
    const settle = (promise) => promise.then((token) => ['token', token], ({ code }) => ['rejected', code]);
    events.length = 0;
    const [, first] = await settle(auth.getAccessToken({ forceRefresh: true }));
    const expiresAt = auth.state.session.expiresAt;
    const others = [];
    while (others.length < 20) others.push((await settle(auth.getAccessToken()))[1]);
    return { first, others: [...new Set(others)], left: expiresAt && expiresAt - clock.now() }";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    sign_in(trial, &page, "Ada", json!({})).await?;

    for (expires_in, meaning) in lifetimes() {
        let what = format!("expires_in {}", expires_in.as_ref().map_or("missing".into(), Value::to_string));
        server.reset().await?;
        let change = expires_in.map_or(json!({ "remove": ["expires_in"] }), |it| json!({ "set": { "expires_in": it } }));
        server.fail("token", change).await?;

        let told = page.run(REFRESH_AND_ASK).await?;
        assert_eq!(told["others"], json!([told["first"]]), "{what}");
        match meaning {
            Meaning::Over => assert_eq!(told["first"], "invalid_response", "{what}"),
            Meaning::Unknown => assert_eq!(told["left"], Value::Null, "{what}: {told}"),
            Meaning::Lasts(lifetime) => {
                let left = told["left"].as_f64().unwrap_or(f64::NAN);
                assert!((lifetime - 5000.0..=lifetime).contains(&left), "{what}: {told}");
            }
        }

        // Nothing for 30 seconds, however often the page wakes up. Four of them remain for the time that this takes.
        page.run("clock.passTo(events.at(-1).time + 26_000); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))").await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let log = server.log().await?;
        assert_eq!(log.to("token").len(), 1, "{what}:\n{}", log.text());

        page.run("clock.passTo(events.at(-1).time + 31_000); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))").await?;
        let short = matches!(meaning, Meaning::Over) || meaning == Meaning::Lasts(1500.0);
        if short {
            token_requests_arrive(trial, 2).await?;
            page.wait_for("return auth.state.session.expiresAt > clock.now() + 200_000").await?;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let log = server.log().await?;
        assert_eq!(log.to("token").len(), if short { 2 } else { 1 }, "{what}:\n{}", log.text());
        assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_in", []]), "{what}");
    }
    Ok(())
}
