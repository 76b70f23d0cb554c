//! Nobody asks for a token, and still there is a new one before the old one expires.

use std::time::Duration;

use serde_json::json;

use crate::Outcome;
use crate::steps::{call_api, open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(36, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, json!({})).await?;
    let signed_in = sign_in(trial, &page, "Ada", json!({})).await?;
    let first = page.run("return await auth.getAccessToken({ minValiditySeconds: 1 })").await?;
    let expires_at = signed_in["state"]["session"]["expiresAt"].as_f64().unwrap_or_default();
    page.run("window.states = []; auth.subscribe((state) => states.push(plain(state)))").await?;

    page.wait_up_to(Duration::from_secs(45), "return events.some(({ type }) => type === 'tokenRefreshed')").await?;

    let events = page.run("return events").await?;
    assert_eq!(events.as_array().map(Vec::len), Some(1), "{events}");
    let event = &events[0];
    assert_eq!(event["event"]["origin"], "local");
    let refreshed_at = event["time"].as_f64().unwrap_or(f64::MAX);
    assert!(refreshed_at < expires_at, "refreshed at {refreshed_at}, expired at {expires_at}");
    let state = page.run("return plain(auth.state)").await?;
    assert_eq!(state["status"], "signed_in");
    assert_eq!(state["session"], event["event"]["session"]);
    assert!(state["session"]["expiresAt"].as_f64().is_some_and(|next| next > expires_at + 15_000.0), "{state}");
    assert_eq!(state["session"]["claims"]["name"], "Ada");
    assert_eq!(page.run("return states.at(-1)").await?, state);

    let log = trial.server.log().await?;
    assert_eq!(log.refreshes().len(), 1, "{}", log.text());
    let refresh = log.refreshes()[0];
    assert_eq!(refresh["status"], 200);
    assert!(refresh["time"].as_f64().is_some_and(|time| time < expires_at), "{refresh}");
    assert_eq!(refresh["form"]["client_id"], state["session"]["clientId"]);

    let second = page.run("return await auth.getAccessToken({ minValiditySeconds: 1 })").await?;
    assert_ne!(second, first);
    assert_eq!(call_api(&page, &second).await?["body"]["subject"], "ada");
    Ok(())
}
