//! After `signOut({ all: true })` the browser holds exactly what it held before the first use, on every storage and in
//! every tab: no record, no key, no pending sign-in, no empty database; also after the way through the provider's logout
//! (F7).

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::shortcut::{storages, assert_signed_out, begin_sign_in, sign_in_here, start_over};
use crate::steps::{quiet, return_from_logout, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let first = trial.browser.first_tab();
    first.open(&format!("{}/", trial.server.app)).await?;
    first.wait_for("return document.documentElement.dataset.ready").await?;
    let untouched = traces(&first).await?;
    assert_eq!(untouched, json!({ "local": {}, "session": {}, "databases": [], "cookies": "" }));
    let second = trial.browser.new_tab().await?;
    second.open(&format!("{}/", trial.server.app)).await?;
    second.wait_for("return document.documentElement.dataset.ready").await?;

    for &storage in storages(trial) {
        let mut config = quiet();
        config["storage"] = json!(storage);
        for page in [&first, &second] {
            start_over(page, config.clone()).await?;
            assert_eq!(traces(page).await?, untouched, "{storage}: a page that was only opened leaves nothing");
        }
        sign_in_here(trial, &first, "Ada").await?;
        sign_in_here(trial, &first, "Grace").await?;
        let shared = matches!(storage, "local" | "encrypted");
        if shared {
            second.wait_for("return auth.state.sessions.length === 2").await?;
            second.run("return await auth.getAccessToken()").await?;
        } else {
            sign_in_here(trial, &second, "Linus").await?;
        }
        // A sign-in that nobody will finish.
        begin_sign_in(trial, &first, "Ada").await?;
        if storage != "memory" {
            assert_ne!(traces(&first).await?, untouched, "{storage}: something was stored");
        }

        first.run("await auth.signOut({ all: true, mode: 'local' })").await?;
        assert_signed_out(&first, storage).await?;
        if shared {
            second.wait_for("return auth.state.status === 'signed_out'").await?;
            assert_signed_out(&second, storage).await?;
        } else if storage != "adapter" {
            assert_eq!(second.run("return auth.state.session.subject").await?, "linus", "{storage} is a tab's own");
            second.run("await auth.signOut({ all: true, mode: 'local' })").await?;
        }
        for page in [&first, &second] {
            assert_untouched(page, &untouched, storage).await?;
        }
        for page in [&first, &second] {
            assert_eq!(page.run("return problems").await?, json!([]), "{storage}");
        }
        trial.server.reset().await?;
    }

    // The logout at the provider needs a transaction for the way back, which goes as well.
    for storage in ["local", "encrypted", "session"].into_iter().filter(|storage| storages(trial).contains(storage)) {
        let mut config = quiet();
        config["storage"] = json!(storage);
        start_over(&first, config.clone()).await?;
        sign_in(trial, &first, "Ada", config.clone()).await?;
        trial.server.reset().await?;
        first.begin("await auth.signOut({ all: true })").await?;
        return_from_logout(trial, &first, &trial.server.app).await?;
        start(&first, config).await?;
        assert_untouched(&first, &untouched, storage).await?;
    }
    Ok(())
}

async fn traces(page: &Page) -> Result<Value, Error> {
    page.run("return await traces()").await
}

/// At once, or as soon as the other tab's connection has closed itself.
async fn assert_untouched(page: &Page, untouched: &Value, storage: &str) -> Outcome {
    let same = || async { Ok((traces(page).await? == *untouched).then_some(())) };
    if wait_until(PATIENCE / 5, "nothing to be left", same).await.is_err() {
        assert_eq!(traces(page).await?, *untouched, "{storage}: left behind after signing everybody out");
    }
    Ok(())
}
