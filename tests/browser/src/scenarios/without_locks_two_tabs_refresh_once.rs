//! A browser without Web Locks: the mark that an attempt leaves in IndexedDB takes their place. Two tabs whose token
//! expired ask in the same moment, and the provider sees one refresh.

use std::collections::BTreeSet;

use serde_json::json;

use crate::engines::Engine;
use crate::page::Page;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(6, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium, Engine::Firefox])
    .not_in_a_worker("without Web Locks there is no isolation");

const ROUNDS: usize = 4;
const ASK: &str = "await released(); return await auth.getAccessToken({ minValiditySeconds: 2 })";

async fn run(trial: &Trial) -> Outcome {
    let first = trial.browser.first_tab();
    open_app(trial, &first, quiet()).await?;
    sign_in(trial, &first, "Ada", quiet()).await?;
    let second = trial.browser.new_tab().await?;
    for page in [&first, &second] {
        open_without_locks(trial, page).await?;
    }
    trial.server.reset().await?;

    for round in 1..=ROUNDS {
        for page in [&first, &second] {
            page.wait_for("return Date.now() > auth.state.session.expiresAt + 100").await?;
            page.begin(ASK).await?;
            page.wait_for("return window.isWaiting").await?;
        }
        second.run("release()").await?;
        let (one, other) = (first.finish().await?, second.finish().await?);
        assert_eq!(one, other, "round {round}: the tabs hold different tokens");
        let log = trial.server.log().await?;
        assert_eq!(log.refreshes().len(), round, "round {round}:\n{}", log.text());
    }

    let log = trial.server.log().await?;
    let presented: BTreeSet<_> =
        log.refreshes().iter().map(|request| request["form"]["refresh_token"].to_string()).collect();
    assert_eq!(presented.len(), ROUNDS, "a refresh token was presented twice:\n{}", log.text());
    assert!(log.refreshes().iter().all(|request| request["status"] == json!(200)), "{}", log.text());
    Ok(())
}

async fn open_without_locks(trial: &Trial, page: &Page) -> Result<(), Error> {
    page.open(&format!("{}/without-locks.html", trial.server.app)).await?;
    let opened = start(page, quiet()).await?;
    assert_eq!(opened["state"]["status"], "signed_in");
    assert_eq!(page.run("return navigator.locks === undefined").await?, json!(true));
    Ok(())
}
