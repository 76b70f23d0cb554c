//! A cross-site frame whose browser refuses every storage, an extension's or a kiosk's: signing in in a popup or in
//! silence works, with every kind of storage, and the response comes by a message; a redirect, which nothing could be
//! remembered for, is refused and says what works (A3, F6).

use serde_json::json;

use crate::Outcome;
use crate::page::Page;
use crate::steps::{log_in_at_the_provider, popup_button, open_app};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it refuses the page's storage, and the worker's is another");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    page.open(&format!("{}/blank.html", server.app)).await?;
    page.run("document.cookie = 'storage=is refused'").await?;
    let mut first = true;
    for storage in ["local", "encrypted", "session", "memory"] {
        for mode in ["popup", "silent"] {
            let what = format!("{storage}, {mode}");
            let config = json!({ "storage": storage, "autoRefresh": false, "redirectUri": format!("{}/callback.html", server.app) });
            let opened = open_app(trial, &page, config).await?;
            assert_eq!(opened["state"]["status"], "signed_out", "{what}");
            server.reset().await?;
            let refused = page.rejection_of("return await auth.signIn()").await?;
            assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("storage")), "{what}");
            assert!(refused["message"].as_str().is_some_and(|message| message.contains("popup")), "{what}: {refused}");
            assert!(server.log().await?.to("authorization").is_empty(), "{what}: nobody is sent away who could not come back");

            if mode == "popup" {
                popup_button(&page, json!({})).await?;
                if std::mem::take(&mut first) {
                    let popup = trial.browser.window_opened_by(page.click("#popup")).await?;
                    log_in_at_the_provider(trial, &popup, "Ada").await?;
                } else {
                    page.click("#popup").await?;
                }
                assert_eq!(page.finish().await?["session"]["subject"], "ada", "{what}");
            } else {
                let result = page.run("return plain(await auth.signIn({ mode: 'silent' }))").await?;
                assert_eq!(result["session"]["subject"], "ada", "{what}: {result}");
            }
            let log = server.log().await?;
            assert_eq!(log.token_requests("authorization_code").len(), 1, "{what}: {}", log.text());
            let token = page.run("return await auth.getAccessToken()").await?;
            assert_ne!(page.run("return await auth.getAccessToken({ forceRefresh: true })").await?, token, "{what}");
            assert_eq!(server.log().await?.refreshes().len(), 1, "{what}");
            told_once(&page, usize::from(storage != "memory"), &what).await?;
            page.run("await auth.signOut({ all: true, mode: 'local' })").await?;
            assert_eq!(page.run("return auth.state.status").await?, "signed_out", "{what}");
            assert_eq!(page.run("return problems").await?, json!([]), "{what}");
        }
    }
    Ok(())
}

async fn told_once(page: &Page, times: usize, what: &str) -> Outcome {
    page.run("await new Promise((resolve) => setTimeout(resolve, 20))").await?;
    let told = page.run("return events.filter(({ type }) => type === 'storageDegraded').length").await?;
    assert_eq!(told, times, "{what}");
    Ok(())
}
