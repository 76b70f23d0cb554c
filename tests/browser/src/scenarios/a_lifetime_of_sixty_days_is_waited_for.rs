//! A token for sixty days is more than a timer can hold: nothing happens before its time, and then one refresh.

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{log_in_at_the_provider, open_app, start, token_requests_arrive};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const DAY: i64 = 24 * 3600;
/// 24.8 days: longer timers fire at once.
const LONGEST_TIMER: f64 = 2_147_483_647.0;
const WATCH_TIMERS: &str = "
    const setTimer = setTimeout;
    window.timers = [];
    window.setTimeout = (callback, delay, ...rest) => { timers.push(delay); return setTimer(callback, delay, ...rest) }";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    server.fail("token", json!({ "set": { "expires_in": 60 * DAY } })).await?;
    page.begin("await auth.signIn()").await?;
    log_in_at_the_provider(trial, &page, "Ada").await?;
    page.wait_for_url(&server.app).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run(WATCH_TIMERS).await?;
    let signed_in = start(&page, json!({})).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in");
    let token = page.run("return await auth.getAccessToken()").await?;
    let days = page.run("return (auth.state.session.expiresAt - clock.now()) / 86_400_000").await?;
    assert!(days.as_f64().is_some_and(|days| days > 59.9 && days <= 60.0), "{days}");
    server.reset().await?;

    // One after the other: nothing is due until the last minute, however often somebody looks.
    for days in [1, 24, 25, 30, 59] {
        let at = format!("auth.state.session.expiresAt - {}", (60 - days) * DAY * 1000);
        page.run(&format!("clock.passTo({at}); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))")).await?;
        assert_eq!(page.run("return await auth.getAccessToken()").await?, token, "day {days}");
    }
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let timers = page.run("return timers").await?;
    let delays: Vec<f64> = timers.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    assert!(delays.iter().all(|delay| (0.0..=LONGEST_TIMER).contains(delay)), "{timers}");
    // Those of looking and of the storage's time limits; a loop would have set thousands.
    assert!((1..200).contains(&delays.len()), "{timers}");
    let log = server.log().await?;
    assert!(log.to("token").is_empty(), "{}", log.text());

    page.run("clock.passTo(auth.state.session.expiresAt - 20_000); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))").await?;
    token_requests_arrive(trial, 1).await?;
    page.wait_for("return events.some(({ type }) => type === 'tokenRefreshed')").await?;
    assert_ne!(page.run("return await auth.getAccessToken()").await?, token);
    let log = server.log().await?;
    assert_eq!((log.to("token").len(), log.refreshes().len()), (1, 1), "{}", log.text());
    assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_in", []]));
    Ok(())
}
