//! A test tool restores cookies and localStorage, and no database: the view counts as the truth, once, with the token that
//! it has, for every tab that starts then. Where there is a database, it is right, also one that lacks the record.

use serde_json::json;

use crate::Outcome;
use crate::page::Page;
use crate::shortcut::{assert_signed_out, sign_in_here};
use crate::steps::{open_app, quiet, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("there is no mirror then");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
        open_app(trial, &page, quiet()).await?;
        let result = sign_in_here(trial, &page, "Ada").await?;
        assert_eq!(result["error"], json!(null), "{result}");
        let token = page.run("return await auth.getAccessToken()").await?;

        // Two tabs at once, in a context that has the view only.
        let saved = without_database(trial, &page).await?;
        let other = trial.browser.new_tab().await?;
        other.open(&format!("{}/blank.html", server.app)).await?;
        page.run_with("for (const [name, text] of Object.entries(given)) localStorage.setItem(name, text)", saved.clone()).await?;
        server.reset().await?;
        for tab in [&page, &other] {
            tab.open(&format!("{}/", server.app)).await?;
            tab.wait_for("return document.documentElement.dataset.ready").await?;
        }
        for tab in [&page, &other] {
            tab.begin("await start({ autoRefresh: false })").await?;
        }
        for tab in [&page, &other] {
            tab.finish().await?;
            tab.run("await new Promise((resolve) => setTimeout(resolve, 400))").await?;
            assert_eq!(tab.run("return [auth.state.session?.subject, events.map(({ type }) => type)]").await?, json!(["ada", []]));
            assert_eq!(tab.run("return await auth.getAccessToken()").await?, token);
        }
        assert!(server.log().await?.is_empty());
        // There is nothing to get another token with.
        let refused = page.rejection_of("return await auth.getAccessToken({ forceRefresh: true })").await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("no_refresh_token")), "{refused}");
        assert_eq!(other.run("return await auth.getAccessToken()").await?, token);
        assert!(server.log().await?.is_empty());
        other.close().await?;

        // A database without the record is right.
        page.open(&format!("{}/blank.html", server.app)).await?;
        page.open(&format!("{}/", server.app)).await?;
        page.wait_for("return document.documentElement.dataset.ready").await?;
        page.run("await changeRecords((key, value) => key.includes(':session:') ? undefined : value)").await?;
        start(&page, quiet()).await?;
        page.wait_for("return auth.state.status === 'signed_out'").await?;
        assert_signed_out(&page, "the database lacks it").await?;
        page.run("await auth.signOut({ all: true, mode: 'local' })").await?;
        // After a sign-out, nothing is left that could count.
        page.reload().await?;
        start(&page, quiet()).await?;
        assert_signed_out(&page, "after a sign-out").await?;
        assert_eq!(page.run("return Object.keys(localStorage)").await?, json!([]));
    Ok(())
}

/// What localStorage had, when there is nothing any more.
async fn without_database(trial: &Trial, page: &Page) -> Result<serde_json::Value, crate::Error> {
    let saved = page.run("auth.close(); return { ...localStorage }").await?;
    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run("localStorage.clear(); await deleteDatabase()").await?;
    page.open(&format!("{}/blank.html", trial.server.app)).await?;
    Ok(saved)
}
