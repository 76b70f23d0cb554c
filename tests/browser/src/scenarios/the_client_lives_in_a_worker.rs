//! `isolation: "worker"`: the same API, a session that lasts, and no refresh token anywhere that the page can look.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::steps::{call_api, open_app, popup_button, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about the worker already");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let config = json!({ "isolation": "worker" });
    open_app(trial, &page, config.clone()).await?;
    let back = sign_in(trial, &page, "Ada Lovelace", config.clone()).await?;

    assert_eq!(back["state"]["status"], "signed_in", "{back}");
    assert_eq!(back["redirectResult"]["result"]["session"]["subject"], "ada-lovelace", "{back}");
    assert_eq!(back["url"], json!(format!("{}/", server.app)));
    let token = page.run("return await auth.getAccessToken()").await?;
    assert_eq!(call_api(&page, &token).await?["status"], 200);

    // A reload keeps the session, and asks nobody.
    server.reset().await?;
    page.reload().await?;
    let again = start(&page, config.clone()).await?;
    assert_eq!(again["state"]["status"], "signed_in", "{again}");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token);
    assert!(server.log().await?.is_empty(), "{}", server.log().await?.text());

    shows_its_state_before_the_worker_is_there(&page, &config, &token).await?;

    // A refresh, and a popup.
    let renewed = page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_ne!(renewed, token);
    assert_eq!(server.log().await?.refreshes().len(), 1);
    let dump = page.run("return JSON.stringify([await dumpStores(), Object.keys(window)])").await?.to_string();
    assert!(!dump.contains("refresh"), "{dump}");

    page.run("await auth.signOut({ mode: 'local' })").await?;
    assert_eq!(page.run("return auth.state.status").await?, "signed_out");
    assert_eq!(page.run(VIEWS).await?, json!([]), "no page shows it again");
    let itself = json!(config.to_string());
    page.run_with("localStorage.setItem('starts-by-itself', given)", itself).await?;
    popup_button(&page, json!({})).await?;
    page.click("#popup").await?;
    assert_eq!(page.finish().await?["session"]["subject"], "ada-lovelace");
    page.run("await auth.signOut({ mode: 'local' })").await?;
    let silent = page.run("return plain(await auth.signIn({ mode: 'silent' }))").await?;
    assert_eq!(silent["session"]["subject"], "ada-lovelace");
    assert_eq!(page.run("return problems").await?, Value::Array(vec![]));
    Ok(())
}

const VIEWS: &str =
    "return Object.keys(localStorage).filter((name) => name.startsWith('keyward:view:')).map((name) => localStorage[name])";

/// What is left for it has no token in it: a call for one waits.
async fn shows_its_state_before_the_worker_is_there(page: &Page, config: &Value, token: &Value) -> Outcome {
    let views = page.run(VIEWS).await?.to_string();
    assert!(views.contains("ada-lovelace") && !views.contains(token.as_str().unwrap_or_default()), "{views}");
    let state = page.run("return plain(auth.state)").await?;
    page.reload().await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let deaf = "window.SharedWorker = class { port = new MessageChannel().port1; addEventListener() {} }";
    page.run(deaf).await?;
    assert_eq!(start(page, config.clone()).await?["state"], state);
    page.begin("return await auth.getAccessToken()").await?;
    page.run("await new Promise((resolve) => setTimeout(resolve, 300))").await?;
    assert_eq!(page.run("return window.begun").await?, Value::Null, "there is no token to hand out yet");
    page.run("auth.close()").await?;
    page.reload().await?;
    assert_eq!(start(page, config.clone()).await?["state"], state);
    assert_eq!(page.run("return await auth.getAccessToken()").await?, *token);
    Ok(())
}
