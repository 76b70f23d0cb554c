//! IndexedDB is there and fails: its `open` brings an error, nothing, or throws, or nothing can be written. By whatever
//! way the user signs in, the session lives in the page's memory, which is said once; tokens are renewed; a database
//! that does not answer is waited for once; and when it works again, the session is written (A3, F6, E8).

use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::server::Log;
use crate::steps::{forget_the_start, log_in_at_the_provider, open_app, popup_button, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .waiting()
    .bounded(Duration::from_secs(600))
    .not_in_a_worker("it breaks the page's storage, and the worker's is another");

/// The fault, and whether a page is slow to find it out.
const FAULTS: [(&str, bool); 6] = [
    ("open fails", false),
    ("open finds another version", false),
    ("open throws", false),
    ("is full", false),
    ("open never answers", true),
    ("nothing answers", true),
];

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    sign_in_at_the_provider(trial, &page).await?;
    for (fault, slow) in FAULTS {
        page.run_with("document.cookie = `storage=${given}`", json!(fault)).await?;
        for storage in ["local", "encrypted"] {
            for mode in ["redirect", "popup", "silent"] {
                // What does not answer takes its time, and no other way through it than these.
                if slow && (mode == "silent" || (storage == "encrypted" && mode == "redirect")) {
                    continue;
                }
                let what = format!("{fault}, {storage}, {mode}");
                let told = |error: crate::Error| -> crate::Error { format!("{what}: {error}").into() };
                sign_in_with(trial, &page, storage, mode, json!({})).await.map_err(told)?;
                lives_in_memory(trial, &page, &what).await.map_err(told)?;
                let last = mode == "redirect" && storage == "local";
                if last { heals(trial, &page, &what).await.map_err(told)? } else { is_gone(trial, &page, storage, &what).await.map_err(told)? }
            }
        }
    }
    // The key that tokens are bound to stays in the page's memory, too; where the page is left, nothing could keep it.
    page.run("document.cookie = 'storage=open fails'").await?;
    let bound = json!({ "dpop": true });
    sign_in_with(trial, &page, "local", "popup", bound.clone()).await?;
    lives_in_memory(trial, &page, "bound to a key").await?;
    trial.server.reset().await?;
    let refused = page.rejection_of("return await auth.signIn()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("storage")), "{refused}");
    assert!(trial.server.log().await?.to("authorization").is_empty());
    Ok(())
}

/// So that from now on the provider only sends the user back.
async fn sign_in_at_the_provider(trial: &Trial, page: &Page) -> Outcome {
    open_app(trial, page, json!({ "storage": "memory" })).await?;
    page.begin("await auth.signIn()").await?;
    log_in_at_the_provider(trial, page, "Ada").await?;
    page.wait_for_url(&trial.server.app).await?;
    start(page, json!({ "storage": "memory" })).await.map(drop)
}

fn config(trial: &Trial, storage: &str, mode: &str) -> Value {
    let landing = if mode == "redirect" { "/" } else { "/callback.html" };
    json!({ "storage": storage, "autoRefresh": false, "redirectUri": format!("{}{landing}", trial.server.app) })
}

async fn sign_in_with(trial: &Trial, page: &Page, storage: &str, mode: &str, more: Value) -> Outcome {
    let mut config = config(trial, storage, mode);
    for (name, value) in more.as_object().into_iter().flatten() {
        config[name] = value.clone();
    }
    let opened = open_app(trial, page, config.clone()).await?;
    assert_eq!(opened["state"]["status"], "signed_out", "{opened}");
    trial.server.reset().await?;
    match mode {
        "redirect" => {
            page.run("window.isOld = true").await?;
            page.begin("await auth.signIn()").await?;
            page.wait_for("return !window.isOld && document.documentElement.dataset.ready").await?;
            let started = start(page, config).await?;
            assert_eq!(started["redirectResult"]["result"]["session"]["subject"], "ada", "{started}");
            assert_eq!(started["url"], format!("{}/", trial.server.app));
        }
        "popup" => {
            popup_button(page, json!({})).await?;
            page.click("#popup").await?;
            assert_eq!(page.finish().await?["session"]["subject"], "ada");
        }
        mode => {
            let result = page.run_with("return plain(await auth.signIn({ mode: given }))", json!(mode)).await?;
            assert_eq!(result["session"]["subject"], "ada", "{result}");
        }
    }
    let log = trial.server.log().await?;
    assert_eq!(log.to("authorization").len(), 1, "{}", log.text());
    assert_eq!(granted(&log), (1, 0), "{}", log.text());
    Ok(())
}

/// How often a code and how often a refresh token was redeemed; a demand for a nonce is no answer.
fn granted(log: &Log) -> (usize, usize) {
    let count = |requests: Vec<&Value>| requests.iter().filter(|request| request["status"] == 200).count();
    (count(log.token_requests("authorization_code")), count(log.refreshes()))
}

/// The session is whole, in this page, and that is said once.
async fn lives_in_memory(trial: &Trial, page: &Page, what: &str) -> Outcome {
    page.run("await new Promise((resolve) => setTimeout(resolve, 20))").await?;
    let state = page.run("return [auth.state.status, auth.state.sessions.length]").await?;
    assert_eq!(state, json!(["signed_in", 1]), "{what}");
    let token = page.run("return await auth.getAccessToken()").await?;
    let began = tokio::time::Instant::now();
    let renewed = page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_ne!(token, renewed, "{what}");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, renewed, "{what}");
    assert!(began.elapsed() < Duration::from_secs(4), "{what}: {:?}: it waits for the storage again", began.elapsed());
    let log = trial.server.log().await?;
    assert_eq!(granted(&log), (1, 1), "{what}: {}", log.text());
    let told = page.run("return events.filter(({ type }) => type === 'storageDegraded').map(({ event }) => event.error.code)").await?;
    assert_eq!(told, json!(["storage"]), "{what}");
    assert_eq!(page.run("return problems").await?, json!([]), "{what}");
    let left = page.run("return Object.keys(sessionStorage).filter((name) => !name.startsWith('clock:'))").await?;
    assert_eq!(left, json!([]), "{what}: the transaction was consumed");
    Ok(())
}

/// It was in memory alone: signed out, and the next page knows nothing of it and asks nobody.
async fn is_gone(trial: &Trial, page: &Page, storage: &str, what: &str) -> Outcome {
    page.run("await auth.signOut({ mode: 'local', revoke: false })").await?;
    assert_eq!(page.run("return auth.state.status").await?, "signed_out", "{what}");
    trial.server.reset().await?;
    page.reload().await?;
    let started = start(page, config(trial, storage, "redirect")).await?;
    assert_eq!((&started["state"]["status"], &started["redirectResult"]), (&json!("signed_out"), &Value::Null), "{what}");
    assert!(trial.server.log().await?.is_empty(), "{what}");
    assert_eq!(page.run("return problems").await?, json!([]), "{what}");
    Ok(())
}

/// As soon as the storage works, the session is written, and a reload keeps it.
async fn heals(trial: &Trial, page: &Page, what: &str) -> Outcome {
    page.run("storageHeals(); clock.pass(31_000)").await?;
    page.run("await auth.getAccessToken({ forceRefresh: true })").await?;
    page.run("await new Promise((resolve) => setTimeout(resolve, 300))").await?;
    let token = page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    page.run("document.cookie = 'storage='").await?;
    trial.server.reset().await?;
    page.reload().await?;
    let started = start(page, config(trial, "local", "redirect")).await?;
    assert_eq!(started["state"]["session"]["subject"], "ada", "{what}: {started}");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token, "{what}");
    forget_the_start(page).await?;
    page.run("await auth.signOut({ all: true, mode: 'local', revoke: false })").await?;
    assert!(trial.server.log().await?.is_empty(), "{what}");
    page.run_with("document.cookie = `storage=${given}`", json!(what.split(',').next())).await.map(drop)
}
