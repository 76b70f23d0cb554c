//! Clocks that are wrong by hours or a year, from the start or all at once: the session stays, and few requests are made.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{call_api, open_app, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("the clock would have to be wrong before the worker is there");

const HOUR: i64 = 3_600_000;
/// By how much the clock is wrong.
const ERRORS: [i64; 3] = [2 * HOUR, -2 * HOUR, 366 * 24 * HOUR];

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    sign_in(trial, &page, "Ada", json!({})).await?;

    for error in ERRORS {
        // Wrong already when the user signs in.
        sign_out_and_set(&page, error).await?;
        server.reset().await?;
        let what = format!("{} h at sign-in", error / HOUR);
        let signed_in = sign_in_again(&page).await?;
        assert_eq!(signed_in["state"]["status"], "signed_in", "{what}: {signed_in}");
        let remaining = page.run("return auth.state.session.expiresAt - clock.now()").await?;
        assert!(remaining.as_f64().is_some_and(|left| (200_000.0..=300_000.0).contains(&left)), "{what}: {remaining}");
        assert_served(trial, &page, 1..=1, &what).await?;
        page.run("clock.pass(301_000); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))").await?;
        assert_served(trial, &page, 2..=2, &what).await?;

        // Right at sign-in, and wrong from then on; and right again.
        sign_out_and_set(&page, 0).await?;
        sign_in_again(&page).await?;
        server.reset().await?;
        let what = format!("{} h later on", error / HOUR);
        // A clock that is set back while the page looks on changes no token's age; forwards, the machine may have slept.
        page.run_with("clock.jump(given); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))", json!(error)).await?;
        let requests = assert_served(trial, &page, 0..=1, &what).await?;
        page.run("clock.pass(301_000); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))").await?;
        let requests = assert_served(trial, &page, requests + 1..=requests + 1, &what).await?;
        page.run_with("clock.jump(-given); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))", json!(error)).await?;
        assert_served(trial, &page, requests..=requests + 1, &format!("{what}, and right again")).await?;
    }
    Ok(())
}

/// Callers get a token that the provider accepts, and so many requests were made for that, now and a while later; returns
/// how many.
async fn assert_served(trial: &Trial, page: &Page, requests: RangeInclusive<usize>, what: &str) -> Result<usize, Error> {
    let many = "const tokens = [];
                while (tokens.length < 20) tokens.push(await auth.getAccessToken());
                return [...new Set(tokens)]";
    let tokens = page.run(many).await?;
    assert_eq!(tokens.as_array().map(Vec::len), Some(1), "{what}: a token a call");
    assert_eq!(call_api(page, &tokens[0]).await?["body"]["subject"], "ada", "{what}");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let log = trial.server.log().await?;
    assert!(requests.contains(&log.to("token").len()), "{what}:\n{}", log.text());
    assert!(log.to("token").iter().all(|request| request["status"] == 200), "{what}:\n{}", log.text());
    assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_in", []]), "{what}");
    Ok(log.to("token").len())
}

async fn sign_out_and_set(page: &Page, ahead: i64) -> Outcome {
    page.run("await auth.signOut({ mode: 'local' })").await?;
    page.run_with("clock.passTo(clock.true() + given)", json!(ahead)).await?;
    page.reload().await?;
    start(page, json!({})).await.map(drop)
}

/// The provider still knows the person and asks nothing.
async fn sign_in_again(page: &Page) -> Result<Value, Error> {
    page.begin("await auth.signIn()").await?;
    page.wait_for("return location.search.includes('code=')").await?;
    start(page, json!({})).await
}
