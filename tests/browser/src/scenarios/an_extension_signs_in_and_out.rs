//! The example extension: sign in from the popup, call the API, follow in the panel, refresh once for two pages and once for an
//! alarm, wake a background that was ended for want of anything to do, sign out.

use serde_json::{Value, json};

use crate::Outcome;
use crate::engines::Engine;
use crate::extension::{
    self, address, kill_the_worker, open_test_page, ring_the_alarm, sign_in_in_the_window, stored,
};
use crate::page::{PATIENCE, wait_until};
use crate::trial::{Scenario, Trial, save_screenshot};

/// Firefox's driver opens no page of an extension. An alarm finds these tokens due when a tenth of their life is over.
pub(crate) const SCENARIO: Scenario = Scenario::everywhere(40, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .with_extension(|folder, server| extension::pack(folder, server, json!({})))
    .not_in_a_worker("the client of an extension lives in its background");

async fn run(trial: &Trial) -> Outcome {
    let (server, popup) = (&trial.server, trial.browser.first_tab());
    popup.open(&address("popup.html")).await?;
    popup.wait_for("return document.body.dataset.view === 'signed_out'").await?;
    save(trial, "signed-out", &popup.screenshot().await?)?;
    sign_in_in_the_window(trial, "Ada", popup.click("#sign-in")).await?;
    popup.wait_for("return document.body.dataset.view === 'signed_in'").await?;
    assert_eq!(popup.text("#name").await?, "Ada");
    popup.click("#call-api").await?;
    let answer = popup.wait_for("return document.getElementById('answer').textContent").await?;
    assert!(answer.as_str().is_some_and(|answer| answer.contains("\"subject\": \"ada\"")), "{answer}");
    save(trial, "signed-in", &popup.screenshot().await?)?;
    assert_eq!(server.log().await?.token_requests("authorization_code").len(), 1);

    let page = trial.browser.new_tab().await?;
    let state = open_test_page(&page).await?;
    assert_eq!((&state["status"], &state["session"]["claims"]["name"]), (&json!("signed_in"), &json!("Ada")));
    tokens_lie_where_the_option_says(&stored(&page).await?, &page.run("return await auth.getAccessToken()").await?);

    // Another page of the extension: one request for both, and the panel hears of it.
    let panel = trial.browser.new_tab().await?;
    panel.open(&address("panel.html")).await?;
    panel.wait_for("return document.body.dataset.view === 'signed_in'").await?;
    server.reset().await?;
    let both = "const other = await (await import('./keyward/extension-page.js')).connect();
        const tokens = await Promise.all([auth, other].map((one) => one.getAccessToken({ forceRefresh: true })));
        other.close();
        return tokens[0] === tokens[1]";
    assert_eq!(page.run(both).await?, json!(true));
    assert_eq!(server.log().await?.refreshes().len(), 1, "two pages, one request");
    panel.wait_for("return document.querySelector('[data-type=tokenRefreshed]') !== null").await?;
    save(trial, "panel", &panel.screenshot().await?)?;

    // The background has ended, and the alarm starts it.
    kill_the_worker(&page).await?;
    page.wait_for("return auth.state.session.expiresAt - Date.now() < 35_500").await?;
    page.run("events.length = 0").await?;
    ring_the_alarm(&page).await?;
    let rung = || async { Ok((server.log().await?.refreshes().len() >= 2).then_some(())) };
    wait_until(PATIENCE, "the refresh that an alarm is for", rung).await?;
    // The pages are told by the background that was started.
    page.wait_for("return events.some(({ type }) => type === 'tokenRefreshed')").await?;
    page.run("await auth.getAccessToken()").await?;
    assert_eq!(server.log().await?.refreshes().len(), 2, "and no request for whoever asks then");

    popup.click("#sign-out").await?;
    popup.wait_for("return document.body.dataset.view === 'signed_out'").await?;
    panel.wait_for("return document.body.dataset.view === 'signed_out'").await?;
    let left = stored(&page).await?;
    assert_eq!(left["local"], json!({}), "nothing stays on the disk");
    assert!(!left.to_string().contains("keyward:session:"), "{left}");
    assert_eq!(page.run("return (await api.alarms.getAll()).length").await?, json!(0));
    assert!(!server.log().await?.to("revocation").is_empty(), "the provider was told");
    assert_eq!(page.rejection_of("return await auth.getAccessToken()").await?["code"], "login_required");
    Ok(())
}

/// Access tokens in memory, the refresh token on the disk.
fn tokens_lie_where_the_option_says(stored: &Value, token: &Value) {
    let token = token.as_str().unwrap_or("none");
    let (local, session) = (stored["local"].to_string(), stored["session"].to_string());
    assert!(!local.contains(token) && session.contains(token), "the access token is in memory alone");
    assert!(local.contains("refresh"), "the refresh token is on the disk");
}

fn save(trial: &Trial, what: &str, image: &[u8]) -> Outcome {
    save_screenshot(&format!("extension-{}-{what}", trial.engine.name()), image).map(drop)
}
