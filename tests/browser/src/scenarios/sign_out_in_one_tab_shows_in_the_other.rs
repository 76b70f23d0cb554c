//! Signing out ends the session everywhere: in the other tab, in the stores, at the provider.

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{call_api, open_app, return_from_logout, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

async fn run(trial: &Trial) -> Outcome {
    let (server, first) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &first, json!({})).await?;
    sign_in(trial, &first, "Ada Lovelace", json!({})).await?;
    let token = first.run("return await auth.getAccessToken()").await?;
    let second = trial.browser.new_tab().await?;
    open_app(trial, &second, json!({})).await?;
    assert_eq!(second.run("return await auth.getAccessToken()").await?, token);
    // Whatever is stored together with the access token: the refresh token, the ID token, ...
    let secrets = first.run_with("return await secretsStoredWith(given)", token.clone()).await?;
    let secrets: Vec<&str> = secrets.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let readable = if trial.isolated { 0..=0 } else { 3..=99 };
    assert!(readable.contains(&secrets.len()), "the stores hold {secrets:?}");
    server.reset().await?;

    first.begin("await auth.signOut()").await?;

    // The other tab follows.
    second.wait_for("return auth.state.status === 'signed_out'").await?;
    second.wait_for("return events.length").await?;
    let events = second.run("return events.map(({ type, status, event }) => ({ type, status, ...event }))").await?;
    let expected = json!([{ "type": "signedOut", "status": "signed_out", "provider": "default",
        "subject": "ada-lovelace", "reason": "other_context", "origin": "other_context" }]);
    assert_eq!(events, expected);
    let state = second.run("return plain(auth.state)").await?;
    assert_eq!(state, json!({ "status": "signed_out", "session": null, "sessions": [] }));
    let refused = second.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("login_required")));

    // The tab that signed out went to the provider and came back to a clean URL.
    return_from_logout(trial, &first, &server.app).await?;
    let back = start(&first, json!({})).await?;
    assert_eq!(back["url"], json!(format!("{}/", server.app)));
    assert_eq!(back["state"]["status"], "signed_out");
    assert_eq!(back["redirectResult"], Value::Null);

    // Nothing of the session is left in the browser.
    let stores = first.run("return JSON.stringify(await dumpStores())").await?;
    let stores = stores.as_str().unwrap_or_default();
    for trace in secrets.into_iter().chain(["ada-lovelace", "Ada Lovelace", "eyJ"]) {
        assert!(!stores.contains(trace), "{trace} is still in a store: {stores}");
    }

    // The provider was told, the refresh token first, and the access token is worth nothing any more.
    let log = server.log().await?;
    let revocations = log.to("revocation");
    assert!(!revocations.is_empty(), "{}", log.text());
    assert_eq!(revocations[0]["form"]["token_type_hint"], "refresh_token", "{}", log.text());
    assert!(revocations.iter().all(|request| request["status"] == 200), "{}", log.text());
    let logout = log.to("end_session")[0];
    let sent = |name: &str| logout["query"].get(name).or(logout["form"].get(name)).cloned();
    assert!(sent("id_token_hint").is_some(), "{logout}");
    assert_eq!(sent("client_id"), Some(json!("keyward-demo")));
    assert_eq!(sent("post_logout_redirect_uri"), Some(json!(format!("{}/", server.app))));
    assert!(sent("state").is_some_and(|state| state.as_str().unwrap_or_default().len() >= 22), "{logout}");
    assert_eq!(call_api(&first, &token).await?["status"], 401);
    Ok(())
}
