//! Signing in in a popup, under every combination of Cross-Origin-Opener-Policy, and with either page to land on: the
//! tiny callback page, or the app itself.

use std::time::Duration;

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{log_in_at_the_provider, open_app, popup_button};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    // Nobody is signed in at the provider at first; from the second time on it only sends the popup back.
    let mut first = true;
    for app in ["same-origin", "same-origin-allow-popups", ""] {
        page.open(&format!("{}/", trial.server.app)).await?;
        page.run("localStorage.removeItem('starts-by-itself')").await?;
        for provider in ["", "same-origin"] {
            for landing in ["", "same-origin"] {
                let policies = json!({ "app": app, "callback": landing, "provider": provider });
                let what = |error: Error| -> Error { format!("under {policies}: {error}").into() };
                trial.server.opener_policies(&policies).await?;
                sign_in_once(trial, &page, "/callback.html", json!({}), first).await.map_err(what)?;
                first = false;
            }
        }
        // The app's own page serves both as opener and as the page to land on, whatever its storage.
        page.run("localStorage.setItem('starts-by-itself', '{}')").await?;
        for storage in ["local", "memory"] {
            trial.server.opener_policies(&json!({ "app": app })).await?;
            let what = |error: Error| -> Error { format!("on the app, {app:?}, {storage}: {error}").into() };
            sign_in_once(trial, &page, "/", json!({ "storage": storage }), false).await.map_err(what)?;
        }
    }
    Ok(())
}

async fn sign_in_once(trial: &Trial, page: &Page, landing: &str, mut config: Value, first: bool) -> Outcome {
    let server = &trial.server;
    config["redirectUri"] = json!(format!("{}{landing}", server.app));
    page.run_with("if (localStorage.getItem('starts-by-itself')) localStorage.setItem('starts-by-itself', given)", json!(config.to_string())).await?;
    open_app(trial, page, config).await?;
    page.run("if (auth.state.session) await auth.signOut({ mode: 'local' })").await?;
    page.run("window.heard = []; events.length = 0; new BroadcastChannel('keyward:response').onmessage = ({ data }) => heard.push(data)").await?;
    popup_button(page, json!({ "appState": { "from": "here" }, "returnTo": "/?page=2" })).await?;
    let before = server.log().await?.token_requests("authorization_code").len();

    let windows = trial.browser.window_count().await?;
    if first {
        let popup = trial.browser.window_opened_by(page.click("#popup")).await?;
        // However long the user takes: that the window seems closed under a policy says nothing.
        popup.wait_for_url(&format!("{}/login/", server.provider)).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        log_in_at_the_provider(trial, &popup, "Ada Lovelace").await?;
    } else {
        page.click("#popup").await?;
    }
    let result = page.finish().await?;

    // The caller has the session, and the page was not left.
    assert_eq!((&result["session"]["subject"], &result["appState"]), (&json!("ada-lovelace"), &json!({ "from": "here" })));
    assert_eq!(result["returnTo"], json!(format!("{}/?page=2", server.app)));
    assert_eq!(page.run("return auth.state.status").await?, "signed_in");
    assert_eq!(page.run("return events.map(({ type }) => type)").await?, json!(["signedIn"]));
    assert_eq!(page.run("return openedInTime").await?, json!(true), "window.open was not called inside signIn");
    assert_eq!(page.url().await?, format!("{}/", server.app));

    // The provider saw one exchange, with the popup's redirect URI.
    let log = server.log().await?;
    let exchanges = log.token_requests("authorization_code");
    assert_eq!(exchanges.len(), before + 1, "{}", log.text());
    let exchange = exchanges[before];
    assert_eq!((&exchange["status"], &exchange["form"]["redirect_uri"]), (&json!(200), &json!(format!("{}{landing}", server.app))));

    // The window is closed, and the way back left neither a code on the channel nor anything in a store.
    let closed = || async { Ok((trial.browser.window_count().await? == windows).then_some(())) };
    wait_until(PATIENCE, "the popup to close", closed).await?;
    let requests = log.to("authorization");
    let state = requests.last().and_then(|request| request["query"]["state"].as_str()).unwrap_or_default();
    page.wait_for("return heard.length > 1").await?;
    // From two processes, so in any order.
    assert_eq!(page.run("return heard.sort((a, b) => a.length - b.length)").await?, json!([state, format!("received:{state}")]));
    let stores = page.run("return JSON.stringify(await dumpStores())").await?.to_string();
    assert!(!stores.contains("keyward:response") && !stores.contains(":transaction:"), "{stores}");
    Ok(())
}
