//! I7: the browser ends a service worker whenever it likes. Each row is a moment to end it at and what comes of it; the table is
//! in docs/extensions.md.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::extension::{self, kill_the_worker, open_test_page, sign_in, stored};
use crate::page::Page;
use crate::steps::{a_token_request_is_held, log_in_at_the_provider};
use crate::trial::{Scenario, Trial};

/// DevTools ends a worker.
pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .with_extension(|folder, server| extension::pack(folder, server, json!({})))
    .not_in_a_worker("the client of an extension lives in its background");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_test_page(&page).await?;
    before_the_sign_in(trial, &page).await?;
    page.run("await auth.signOut()").await?;
    while_the_user_is_at_the_provider(trial, &page).await?;
    while_the_code_is_redeemed(trial, &page).await?;
    let signed_in = sign_in(trial, &page, "Ada").await?;
    assert_eq!(signed_in["appState"], json!({ "half": 0.5 }));
    at_rest(trial, &page).await?;
    in_mid_refresh(trial, &page, "request", 0).await?;
    in_mid_refresh(trial, &page, "answer", 60).await?;
    the_extension_is_loaded_anew(trial, &page).await?;
    without_grace_the_session_ends_cleanly(trial, &page).await
}

async fn before_the_sign_in(trial: &Trial, page: &Page) -> Outcome {
    kill_the_worker(page).await?;
    let signed_in = sign_in(trial, page, "Ada").await?;
    assert_eq!(signed_in["session"]["subject"], "ada");
    assert_eq!(page.run("return auth.state.status").await?, "signed_in");
    Ok(())
}

/// The answer of the browser's window is for a worker that is no more: the call says so, and another one works.
async fn while_the_user_is_at_the_provider(trial: &Trial, page: &Page) -> Outcome {
    let window = trial.browser.window_opened_by(page.begin("return await auth.signIn({ prompt: 'login' })")).await?;
    window.wait_for("return document.querySelector('#login') !== null").await?;
    kill_the_worker(page).await?;
    let lost = page.finish().await.err().ok_or("the call was kept though its worker was ended")?.to_string();
    assert!(lost.contains("\"network\"") && lost.contains("\"retryable\":true"), "{lost}");
    // The user goes on there: nobody is signed in by it, and nothing breaks.
    let _ = log_in_at_the_provider(trial, &window, "Ada").await;
    if trial.browser.window_count().await? > 1 {
        let _ = window.close().await;
    }
    assert_eq!(page.run("return (await auth.handleRedirect('https://elsewhere.example/?x')) ?? auth.state.status").await?, "signed_out");
    Ok(())
}

async fn while_the_code_is_redeemed(trial: &Trial, page: &Page) -> Outcome {
    trial.server.reset().await?;
    trial.server.fail("token", json!({ "hold": "answer" })).await?;
    extension::sign_in_in_the_window(trial, "Ada", page.begin("return await auth.signIn({ prompt: 'login' })")).await?;
    a_token_request_is_held(trial, 1).await?;
    kill_the_worker(page).await?;
    let lost = page.finish().await.err().ok_or("the call was kept though its worker was ended")?.to_string();
    assert!(lost.contains("\"network\""), "{lost}");
    trial.server.reset().await?;
    let woken = page.run("return (await auth.getUserInfo().catch((error) => error.code))").await?;
    assert_eq!(woken, "login_required", "the code was spent, and is not sent again");
    assert!(trial.server.log().await?.to("token").is_empty());
    Ok(())
}

async fn at_rest(trial: &Trial, page: &Page) -> Outcome {
    let token = page.run("return await auth.getAccessToken()").await?;
    trial.server.reset().await?;
    kill_the_worker(page).await?;
    assert_eq!(page.run("return [await auth.getAccessToken(), auth.state.status]").await?, json!([token, "signed_in"]));
    assert!(trial.server.log().await?.is_empty(), "no request at all");
    Ok(())
}

/// The call is made again by itself, with the same refresh token.
async fn in_mid_refresh(trial: &Trial, page: &Page, hold: &str, grace: u32) -> Outcome {
    trial.server.reset().await?;
    trial.server.set_grace(grace).await?;
    trial.server.fail("token", json!({ "hold": hold })).await?;
    page.begin("return await auth.getAccessToken({ forceRefresh: true })").await?;
    a_token_request_is_held(trial, 1).await?;
    kill_the_worker(page).await?;
    let token = page.finish().await.map_err(|error| format!("{hold} lost: {error}"))?;
    assert!(token.as_str().is_some_and(|token| !token.is_empty()), "{token}");
    let log = trial.server.log().await?;
    assert_eq!(log.to("token").len(), 2, "{hold} lost: {}", log.text());
    // The provider never saw what was in a request that was lost.
    let seen = log.refreshes();
    assert!(seen.iter().all(|request| request["form"]["refresh_token"] == seen[0]["form"]["refresh_token"]), "{}", log.text());
    assert_eq!(page.run("return auth.state.status").await?, "signed_in");
    Ok(())
}

/// As after the browser was closed: what is in memory is gone, what is on the disk is there.
async fn the_extension_is_loaded_anew(trial: &Trial, page: &Page) -> Outcome {
    trial.server.reset().await?;
    page.run("await api.storage.session.clear()").await?;
    kill_the_worker(page).await?;
    let state = open_test_page(page).await?;
    assert_eq!(state["status"], "signed_in");
    page.run("return await auth.getAccessToken()").await?;
    assert_eq!(trial.server.log().await?.refreshes().len(), 1, "the access token was in memory alone");
    Ok(())
}

async fn without_grace_the_session_ends_cleanly(trial: &Trial, page: &Page) -> Outcome {
    trial.server.reset().await?;
    trial.server.set_grace(0).await?;
    trial.server.fail("token", json!({ "hold": "answer" })).await?;
    page.begin("return await auth.getAccessToken({ forceRefresh: true })").await?;
    a_token_request_is_held(trial, 1).await?;
    kill_the_worker(page).await?;
    let lost = page.finish().await.err().ok_or("a token of a grant that is revoked")?.to_string();
    assert!(lost.contains("\"reauth_required\""), "{lost}");
    assert_eq!(page.run("return auth.state.session.error.oauth.error").await?, "invalid_grant");
    let signed_in = sign_in(trial, page, "Ada").await?;
    assert_eq!(signed_in["session"]["status"], "active");
    assert!(stored(page).await?["local"].to_string().contains("refresh"));
    Ok(())
}
