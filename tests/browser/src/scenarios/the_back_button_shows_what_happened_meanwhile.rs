//! A page comes back by the back button: its client works on, has the others' new token, and shows no ended session.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::page::Page;
use crate::steps::{let_the_token_expire, open_another, open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    server.reset().await?;

    // Nothing happens meanwhile: the very page comes back, and its client with it.
    leave(trial, &one).await?;
    assert!(came_back(&one).await?, "the browser loaded the page anew");
    let_the_token_expire(&[&one, &two]).await?;
    let second = one.run("return await auth.getAccessToken()").await?;
    two.wait_for("return events.some(({ type }) => type === 'tokenRefreshed')").await?;
    let third = two.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    one.wait_for("return events.filter(({ type }) => type === 'tokenRefreshed').length === 2").await?;
    assert_eq!(one.run("return await auth.getAccessToken()").await?, third);
    assert_ne!(second, third);
    let expected = json!([["local", "other_context"], []]);
    assert_eq!(one.run("return [events.map(({ event }) => event.origin), problems]").await?, expected);

    // Another tab gets a new token.
    leave(trial, &one).await?;
    let fourth = two.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_restored_or_loaded_anew(trial, &one).await?;
    assert_eq!(one.run("return await auth.getAccessToken()").await?, fourth);
    let log = server.log().await?;
    assert_eq!((log.to("token").len(), log.refreshes().len()), (3, 3), "{}", log.text());

    // Another tab signs out.
    leave(trial, &one).await?;
    two.run("await auth.signOut({ mode: 'local' })").await?;
    assert_restored_or_loaded_anew(trial, &one).await?;
    let refused = one.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!(refused["code"], "login_required");
    let shown = one.run("return [auth.state.status, auth.state.session, problems]").await?;
    assert_eq!(shown, json!(["signed_out", null, []]));
    assert_eq!(server.log().await?.to("token").len(), 3);
    Ok(())
}

async fn leave(trial: &Trial, page: &Page) -> Outcome {
    page.run("window.persisted = null; addEventListener('pageshow', (event) => { window.persisted = event.persisted })")
        .await?;
    page.open(&format!("{}/blank.html", trial.server.app)).await
}

/// Whether it is the very page that was left, and not a new one from the same address.
async fn came_back(page: &Page) -> Result<bool, crate::Error> {
    page.back().await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    Ok(page.run("return window.persisted ?? null").await? == true)
}

/// Chromium and Firefox throw a page out of their cache when a BroadcastChannel has a message for it; WebKitGTK keeps
/// the page and the message.
async fn assert_restored_or_loaded_anew(trial: &Trial, page: &Page) -> Outcome {
    let restored = came_back(page).await?;
    assert!(restored || trial.engine != Engine::WebKitGtk, "the browser loaded the page anew");
    if !restored {
        start(page, quiet()).await?;
    }
    Ok(())
}
