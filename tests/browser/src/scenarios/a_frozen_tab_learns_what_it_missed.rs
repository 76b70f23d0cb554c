//! A frozen tab hears nothing; when it goes on, it has the others' new token, and shows no session that has ended.
//!
//! Only Chromium freezes tabs, and only its driver can be told to.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::page::Page;
use crate::steps::{open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium]);

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let old = one.run("return await auth.getAccessToken()").await?;
    let two = open_another(trial, quiet()).await?;
    server.reset().await?;

    freeze_at_rest(&one).await?;
    let new = two.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_ne!(new, old);
    set_frozen(&one, false).await?;
    assert_eq!(one.run("return await auth.getAccessToken()").await?, new);

    freeze_at_rest(&one).await?;
    two.run("await auth.signOut({ mode: 'local' })").await?;
    set_frozen(&one, false).await?;
    let refused = one.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!(refused["code"], "login_required");
    assert_eq!(one.run("return [auth.state.status, problems]").await?, json!(["signed_out", []]));
    let log = server.log().await?;
    assert_eq!(log.to("token").len(), 1, "{}", log.text());
    Ok(())
}

/// Not while it reads: Chromium itself freezes nobody in the middle of a transaction, for that would block the others.
async fn freeze_at_rest(page: &Page) -> Outcome {
    page.run("await storesRest()").await?;
    set_frozen(page, true).await
}

async fn set_frozen(page: &Page, frozen: bool) -> Outcome {
    let state = if frozen { "frozen" } else { "active" };
    page.devtools("Page.setWebLifecycleState", json!({ "state": state })).await.map(drop)
}
