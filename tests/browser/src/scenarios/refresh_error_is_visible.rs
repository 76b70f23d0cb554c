//! A refresh that fails is seen: a passing failure in an event with the time of the next attempt, a final one in state and
//! event, once in every tab, sticky over reloads, without a loop; an app can sign in again from the event (E5, E6, F8).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Outcome;
use crate::steps::{open_app, start};
use crate::steps::{quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(10, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (first, refused) = (trial.browser.first_tab(), json!({ "status": 400,
        "body": json!({ "error": "invalid_grant", "error_description": "revoked by an administrator" }).to_string(),
        "headers": { "content-type": "application/json" } }));
    open_app(trial, &first, quiet()).await?;
    sign_in(trial, &first, "Ada", quiet()).await?;
    let second = trial.browser.new_tab().await?;
    open_app(trial, &second, quiet()).await?;
    trial.server.reset().await?;

    trial.server.fail("token", json!({ "status": 503 })).await?;
    let failed = first.rejection_of("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!((&failed["isAuthError"], &failed["retryable"]), (&json!(true), &json!(true)), "{failed}");
    first.wait_for("return events.some(({ type }) => type === 'refreshFailed')").await?;
    let event = first.run("return events.find(({ type }) => type === 'refreshFailed').event").await?;
    assert!(event["retryAt"].as_i64().is_some_and(|at| at > 0), "{event}");
    assert_eq!(event["session"]["status"], "active", "the session is kept");
    // Before that time nobody is asked.
    first.wait_for(&format!("return Date.now() > {} + 50", event["retryAt"])).await?;
    assert_eq!(first.run("return auth.state.status").await?, "signed_in");

    // The end: told once in each tab, and the state keeps it.
    for page in [&first, &second] {
        page.run("events.length = 0").await?;
    }
    trial.server.reset().await?;
    trial.server.fail("token", refused).await?;
    let ended = first.rejection_of("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!((&ended["code"], &ended["oauth"]["error"]), (&json!("reauth_required"), &json!("invalid_grant")), "{ended}");
    for page in [&first, &second] {
        page.wait_for("return auth.state.status === 'reauth_required'").await?;
        page.wait_for("return events.length > 0").await?;
        let told = page.run("return events.map(({ type, event }) => [type, event.error.oauth.error])").await?;
        assert_eq!(told, json!([["reauthRequired", "invalid_grant"]]));
        let error = page.run("return plain(auth.state.session.error)").await?;
        assert_eq!(error["oauth"]["errorDescription"], "revoked by an administrator", "{error}");
    }

    // No loop, however often somebody asks once the token has expired; and a reload changes nothing.
    first.wait_for("return Date.now() > auth.state.session.expiresAt + 200").await?;
    for page in [&first, &second] {
        let asked = "return await Promise.all(Array.from({ length: 20 }, () => auth.getAccessToken().catch((error) => error.code)))";
        let codes = page.run(asked).await?;
        assert!(codes.as_array().into_iter().flatten().all(|code| code == "reauth_required"), "{codes}");
    }
    second.reload().await?;
    let reloaded = start(&second, json!({})).await?;
    assert_eq!(reloaded["state"]["status"], "reauth_required", "sticky");
    assert_eq!(reloaded["state"]["session"]["error"]["code"], ended_code(&reloaded), "with its cause");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(trial.server.log().await?.to("token").len(), 1, "nobody asks the provider again");
    assert_eq!(second.run("return events.length").await?, 0, "and nobody is told again");

    // An app that signs in when it hears of it.
    first.begin("await auth.signIn()").await?;
    first.wait_for("return location.search.includes('code=')").await?;
    let signed_in = start(&first, quiet()).await?;
    assert_eq!((&signed_in["state"]["status"], &signed_in["state"]["session"]["error"]), (&json!("signed_in"), &Value::Null));
    trial.server.fail("token", json!({ "status": 400, "body": "{\"error\":\"invalid_grant\"}",
        "headers": { "content-type": "application/json" } })).await?;
    first.begin("auth.on('reauthRequired', () => auth.signIn()); await auth.getAccessToken({ forceRefresh: true })").await?;
    first.wait_for("return location.search.includes('code=')").await?;
    assert_eq!(start(&first, quiet()).await?["state"]["status"], "signed_in", "signed in from the event");
    second.wait_for("return auth.state.status === 'signed_in'").await?;
    Ok(())
}

fn ended_code(started: &Value) -> &'static str {
    // Whatever the code of the cause is, it is one of the contract's that end a session.
    match started["state"]["session"]["error"]["code"].as_str() {
        Some("token_endpoint") => "token_endpoint",
        _ => "reauth_required",
    }
}
