//! `isolation: "worker"`: the same API, a session that lasts, and no refresh token anywhere that the page can look.

use serde_json::{Value, json};

use crate::Outcome;
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

    // A refresh, and a popup.
    let renewed = page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_ne!(renewed, token);
    assert_eq!(server.log().await?.refreshes().len(), 1);
    let dump = page.run("return JSON.stringify([await dumpStores(), Object.keys(window)])").await?.to_string();
    assert!(!dump.contains("refresh"), "{dump}");

    page.run("await auth.signOut({ mode: 'local' })").await?;
    assert_eq!(page.run("return auth.state.status").await?, "signed_out");
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
