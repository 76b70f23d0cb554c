//! `sessionStorage` is copied into tabs that a page opens: the copy does not make two owners of one refresh token (F9).

use serde_json::json;

use crate::engines::Engine;
use crate::page::Page;
use crate::shortcut::{assert_signed_out, sign_in_here};
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a tab keeps no session of its own there");

async fn run(trial: &Trial) -> Outcome {
    let mut config = quiet();
    config["storage"] = json!("session");
    let page = trial.browser.first_tab();
    open_app(trial, &page, config.clone()).await?;
    let signed_in = sign_in(trial, &page, "Ada", config.clone()).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in", "the transaction came back with the tab: {signed_in}");

    // The tab's own pages: after a reload, after a page in between, and several clients on one page.
    page.reload().await?;
    assert_eq!(start(&page, config.clone()).await?["state"]["status"], "signed_in");
    page.open(&format!("{}/blank.html", trial.server.app)).await?;
    open_app(trial, &page, config.clone()).await?;
    assert_eq!(page.run("return auth.state.status").await?, "signed_in");
    let beside = "window.beside = await keyward.createAuth(await configuration(given)); return beside.state.status";
    assert_eq!(page.run_with(beside, config.clone()).await?, "signed_in", "another client of the same page");
    let framed = "const frame = document.body.appendChild(document.createElement('iframe'));
        const script = frame.contentDocument.createElement('script');
        const policy = frame.contentWindow.trustedTypes?.createPolicy('test', { createScriptURL: (url) => url });
        Object.assign(script, { type: 'module', src: policy?.createScriptURL('/main.js') ?? '/main.js' });
        await new Promise((resolve) => {
          script.onload = resolve;
          frame.contentDocument.head.append(script);
        });
        const auth = await frame.contentWindow.keyward.createAuth(await configuration(given));
        return auth.state.status";
    assert_eq!(page.run_with(framed, config.clone()).await?, "signed_in", "a frame of the same tab");
    let token = page.run("return await auth.getAccessToken()").await?;

    // The copy is emptied, and begins anew; the original goes on.
    let copy = copy_of(trial, &page).await?;
    copy.wait_for("return document.documentElement.dataset.ready").await?;
    let copied = copy.run("return Object.keys(sessionStorage).filter((key) => key.includes(':session:')).length").await?;
    assert_eq!(copied, 1, "the browser copies what it is known to copy");
    assert_eq!(start(&copy, config.clone()).await?["state"]["status"], "signed_out");
    assert_signed_out(&copy, "the copy").await?;
    let left = copy.run("return Object.keys(sessionStorage)").await?;
    assert_eq!(left, json!([]), "nothing of the copied session is left in the copy");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token);

    // Two sessions of one account in two tabs: each refreshes with a token of its own.
    sign_in_here(trial, &copy, "Ada").await?;
    trial.server.reset().await?;
    for tab in [&page, &copy, &page, &copy] {
        tab.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    }
    let log = trial.server.log().await?;
    assert!(log.refreshes().iter().all(|request| request["status"] == 200), "{}", log.text());
    let mut presented: Vec<_> =
        log.refreshes().iter().map(|request| request["form"]["refresh_token"].to_string()).collect();
    presented.sort();
    presented.dedup();
    assert_eq!(presented.len(), 4, "a refresh token was presented twice:\n{}", log.text());

    // Signing out of one tab leaves the other alone.
    copy.run("await auth.signOut({ all: true, mode: 'local' })").await?;
    assert_eq!(copy.run("return Object.keys(sessionStorage)").await?, json!([]));
    page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;

    // The original is loaded again while the copy lives: it is still its own.
    page.reload().await?;
    assert_eq!(start(&page, config).await?["state"]["status"], "signed_in");
    for tab in [&page, &copy] {
        assert_eq!(tab.run("return problems").await?, json!([]));
    }
    Ok(())
}

/// A tab that the page opens. WebKitGTK's driver allows no page that, so there the copy is made by hand.
pub(crate) async fn copy_of(trial: &Trial, page: &Page) -> Result<Page, Error> {
    if trial.engine != Engine::WebKitGtk {
        return trial.browser.window_opened_by(page.begin("window.open('/')")).await;
    }
    let content = page.run("return { ...sessionStorage }").await?;
    let copy = trial.browser.new_tab().await?;
    copy.open(&format!("{}/blank.html", trial.server.app)).await?;
    copy.run_with("Object.assign(sessionStorage, given)", content).await?;
    copy.open(&format!("{}/", trial.server.app)).await?;
    Ok(copy)
}
