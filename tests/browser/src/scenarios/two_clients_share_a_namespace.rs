//! Two apps on one origin, in one namespace: what one of them stores, sweeps and signs out of, the other finds nothing of,
//! on every storage, in one page and in two tabs (F7). The last one leaves the storage as it was before the first use.

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::shortcut::{sign_in_here, start_over, storages};
use crate::steps::quiet;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it tells of two modules' clients in one page; in a worker each page has one of its own");

const OTHER: &str = "window.other = await keyward.createAuth(await configuration(
    { ...given, clientId: 'keyward-rust', redirectUri: location.origin + '/callback.html' }))";

async fn run(trial: &Trial) -> Outcome {
    let first = trial.browser.first_tab();
    let second = trial.browser.new_tab().await?;
    for page in [&first, &second] {
        page.open(&format!("{}/", trial.server.app)).await?;
        page.wait_for("return document.documentElement.dataset.ready").await?;
    }
    let untouched = traces(&first).await?;
    for &storage in storages(trial) {
        trial.server.reset().await?;
        let mut config = quiet();
        config["storage"] = json!(storage);
        start_over(&first, config.clone()).await?;
        sign_in_here(trial, &first, "Ada").await?;
        let ada = traces(&first).await?;

        // The other client, in the same page and in another tab.
        first.run_with(OTHER, config.clone()).await?;
        second.run_with(OTHER, config.clone()).await?;
        sign_other_in(trial, &first, "Grace").await?;
        assert_eq!(first.run("return [auth, other].map(({ state }) => state.sessions.map(({ subject }) => subject))").await?, json!([["ada"], ["grace"]]), "{storage}");
        trial.server.fail("authorization", json!({ "status": 204 })).await?;
        first.begin("await other.signIn()").await?;
        trial.server.walk("Grace").await?;
        let by = if matches!(storage, "local" | "encrypted") { &second } else { &first };
        if by.run("return other.state.status").await? != "signed_in" {
            by.wait_for("return other.state.status === 'signed_in'").await?;
        }
        by.run("await other.signOut({ all: true, mode: 'local' })").await?;
        first.wait_for("return other.state.status === 'signed_out'").await?;
        // A page that was really left would not have its mark still.
        first.run("sessionStorage.removeItem('keyward:leaving')").await?;
        let same = || async { Ok((traces(&first).await? == ada).then_some(())) };
        if wait_until(PATIENCE / 5, "the other's things to be gone", same).await.is_err() {
            assert_eq!(traces(&first).await?, ada, "{storage}: as before the other's first use, byte by byte");
        }
        let log = trial.server.log().await?;
        let revoked: Vec<&Value> = log.to("revocation").iter().map(|request| &request["form"]["client_id"]).collect();
        assert_eq!(revoked, ["keyward-rust", "keyward-rust"], "{storage}: {}", log.text());
        assert_eq!(first.run("return auth.state.status").await?, "signed_in", "{storage}");
        first.run("return await auth.getAccessToken({ forceRefresh: true })").await?;

        first.run("await auth.signOut({ all: true, mode: 'local' }); auth.close(); other.close()").await?;
        second.run("other.close()").await?;
        let nothing = || async { Ok((traces(&first).await? == untouched).then_some(())) };
        if wait_until(PATIENCE / 5, "nothing to be left", nothing).await.is_err() {
            assert_eq!(traces(&first).await?, untouched, "{storage}: the last one leaves nothing");
        }
        for page in [&first, &second] {
            assert_eq!(page.run("return problems").await?, json!([]), "{storage}");
        }
    }
    Ok(())
}

async fn sign_other_in(trial: &Trial, page: &Page, name: &str) -> Outcome {
    trial.server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin("await other.signIn()").await?;
    let response = trial.server.walk(name).await?;
    let result = page.run_with("return plain(await other.handleRedirect(given))", json!(response)).await?;
    assert_eq!(result["error"], Value::Null, "{result}");
    Ok(())
}

async fn traces(page: &Page) -> Result<Value, Error> {
    page.run("return await traces()").await
}
