//! A popup that is blocked, closed, aborted or too slow ends with its own error, leaves nothing behind, and the next
//! sign-in works.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Outcome;
use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{log_in_at_the_provider, open_app, popup_button};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let config = json!({ "redirectUri": format!("{}/callback.html", server.app) });

    // Blocked: said at once, before the provider hears of it.
    open_app(trial, &page, config.clone()).await?;
    page.run("window.reallyOpen = window.open; window.open = () => null").await?;
    let blocked = page.rejection_of("await auth.signIn({ mode: 'popup' })").await?;
    assert_eq!((&blocked["isAuthError"], &blocked["code"]), (&json!(true), &json!("popup_blocked")));
    page.run("window.open = window.reallyOpen").await?;
    assert!(server.log().await?.to("authorization").is_empty());

    // Wrong options open nothing.
    let invalid = page.rejection_of("window.popup = null; await auth.signIn({ mode: 'popup', params: { state: 'x' } })").await?;
    assert_eq!((&invalid["code"], page.run("return window.popup").await?), (&json!("invalid_argument"), Value::Null));

    for policy in ["", "same-origin"] {
        // Closed by the person: noticed soon after, also where the browser has cut the two windows apart.
        server.opener_policies(&json!({ "app": policy })).await?;
        open_app(trial, &page, config.clone()).await?;
        popup_button(&page, json!({})).await?;
        let popup = trial.browser.window_opened_by(page.click("#popup")).await?;
        popup.wait_for_url(&format!("{}/login/", server.provider)).await?;
        let cut_apart = page.run("return window.popup.closed").await?;
        assert_eq!(cut_apart, json!(policy == "same-origin"), "the opener policy {policy:?}");
        assert_eq!(page.run("return window.begun").await?, Value::Null);
        // A window manager tells the page so; a driver's Chromium never does.
        page.run("dispatchEvent(new Event('blur'))").await?;
        let closing = Instant::now();
        popup.close().await?;
        let closed = rejection(&page).await?;
        assert_eq!(closed["code"], "popup_closed", "{policy:?}: {closed}");
        assert!(closing.elapsed() < Duration::from_secs(20), "{:?}", closing.elapsed());
        left_nothing(trial, &page).await?;
        assert_eq!(page.run("return events.map(({ type, event }) => [type, event.error.code])").await?, json!([["signInFailed", "popup_closed"]]));
    }
    server.opener_policies(&json!({})).await?;

    // Too slow, and aborted: the window goes, too.
    for (options, code) in [(json!({ "timeout": 1500 }), "timeout"), (json!({ "abortAfter": 1500 }), "aborted")] {
        open_app(trial, &page, config.clone()).await?;
        popup_button(&page, options).await?;
        page.click("#popup").await?;
        assert_eq!(rejection(&page).await?["code"], code);
        let alone = || async { Ok((trial.browser.window_count().await? == 1).then_some(())) };
        wait_until(PATIENCE, "the popup to close", alone).await?;
        left_nothing(trial, &page).await?;
    }

    // A window that was cut off cannot be closed from here. Whoever signs in there later is told, and nothing happens.
    server.opener_policies(&json!({ "app": "same-origin" })).await?;
    open_app(trial, &page, config.clone()).await?;
    popup_button(&page, json!({ "timeout": 2500 })).await?;
    let popup = trial.browser.window_opened_by(page.click("#popup")).await?;
    assert_eq!(rejection(&page).await?["code"], "timeout");
    log_in_at_the_provider(trial, &popup, "Ada Lovelace").await?;
    popup.wait_for("return document.body?.textContent.includes('Nobody waits')").await?;
    popup.close().await?;
    left_nothing(trial, &page).await?;
    server.opener_policies(&json!({})).await?;

    // A response that nobody waits for is redeemed by nobody.
    open_app(trial, &page, config.clone()).await?;
    page.open(&format!("{}/callback.html?code=abc&state=xyz&keep=1#here", server.app)).await?;
    page.wait_for("return document.body.textContent.includes('Nobody waits')").await?;
    assert_eq!(page.url().await?, format!("{}/callback.html?keep=1#here", server.app));

    // After all that, an honest sign-in.
    open_app(trial, &page, config).await?;
    popup_button(&page, json!({})).await?;
    page.click("#popup").await?;
    assert_eq!(page.finish().await?["session"]["subject"], "ada-lovelace");
    assert_eq!(server.log().await?.token_requests("authorization_code").len(), 1);
    Ok(())
}

async fn rejection(page: &Page) -> Result<Value, crate::Error> {
    Ok(page.wait_for("return window.begun").await?["rejection"].clone())
}

/// No token request, nobody signed in, and no trace of the attempt in a store.
async fn left_nothing(trial: &Trial, page: &Page) -> Outcome {
    assert!(trial.server.log().await?.to("token").is_empty());
    assert_eq!(page.run("return auth.state.status").await?, "signed_out");
    let clean = || async {
        let stores = page.run("return JSON.stringify(await dumpStores())").await?.to_string();
        Ok((!stores.contains("keyward:response") && !stores.contains(":transaction:")).then_some(()))
    };
    wait_until(PATIENCE, "the stores to be clean", clean).await
}
