//! A provider that rotates nothing answers a refresh without a refresh token: the one there is stays (RFC 6749 section 6).

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;
    let before = page.run("return plain(auth.state.session)").await?;
    trial.server.reset().await?;

    // Answered in the provider's place, so that for the provider the refresh token is still the one.
    for round in 0..2 {
        let token = format!("without-rotation-{round}");
        let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 }).to_string();
        let answer = json!({ "status": 200, "body": body, "headers": { "content-type": "application/json" } });
        trial.server.fail("token", answer).await?;
        assert_eq!(page.run("return await auth.getAccessToken({ forceRefresh: true })").await?, json!(token));
        page.reload().await?;
        start(&page, quiet()).await?;
        assert_eq!(page.run("return await auth.getAccessToken()").await?, json!(token));
    }
    let after = page.run("return plain(auth.state.session)").await?;
    for member in ["subject", "claims", "scope", "status", "error"] {
        assert_eq!(after[member], before[member], "{member}: what the answer lacks stays");
    }

    // The provider itself takes the token that was kept, and gives another one.
    page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    let log = trial.server.log().await?;
    // The recorder sees no form that the provider does not read; but only the kept token is one that the provider knows.
    assert_eq!(log.to("token").len(), 4, "{}", log.text());
    let presented: Vec<_> = log.refreshes().iter().map(|request| &request["form"]["refresh_token"]).collect();
    assert_eq!(presented.len(), 2, "{}", log.text());
    assert_ne!(presented[0], presented[1], "a new one replaces it");
    assert!(log.refreshes().iter().all(|request| request["status"] == 200), "{}", log.text());
    Ok(())
}
