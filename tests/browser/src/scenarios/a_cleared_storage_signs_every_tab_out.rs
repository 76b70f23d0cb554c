//! A script deletes the database and clears localStorage under two open tabs: both are signed out, both are told that
//! the storage was cleared and not that somebody signed out, and a new sign-in works (F6). A sign-out that deletes the
//! database is no clearing.

use serde_json::json;

use crate::Outcome;
use crate::page::Page;
use crate::shortcut::{assert_signed_out, sign_in_here, start_over};
use crate::steps::{open_app, quiet};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it clears the readable view as well, which is not there");

/// What a script of the origin does.
const WAYS: [(&str, &str); 4] = [
    ("the database, then the view", "await deleteDatabase(); localStorage.clear()"),
    ("the view, then the database", "localStorage.clear(); await deleteDatabase()"),
    ("both at once", "const gone = deleteDatabase(); localStorage.clear(); await gone"),
    (
        "the view by its name",
        "for (const name of Object.keys(localStorage)) localStorage.removeItem(name); await deleteDatabase()",
    ),
];

async fn run(trial: &Trial) -> Outcome {
    let one = trial.browser.first_tab();
    open_app(trial, &one, quiet()).await?;
    let two = trial.browser.new_tab().await?;
    open_app(trial, &two, quiet()).await?;

    for (what, way) in WAYS {
        begin_round(trial, &one, &two).await?;
        one.run(way).await?;
        assert_told(&one, &two, what).await?;
    }

    let mut sealed = quiet();
    sealed["storage"] = json!("encrypted");
    start_over(&one, sealed.clone()).await?;
    start_over(&two, sealed).await?;
    begin_round(trial, &one, &two).await?;
    two.run("await deleteDatabase()").await?;
    assert_told(&one, &two, "encrypted").await?;

    // Signing everybody out deletes the database, too.
    begin_round(trial, &one, &two).await?;
    one.run("await auth.signOut({ all: true, mode: 'local' })").await?;
    for (page, reason, origin) in [(&one, "user", "local"), (&two, "other_context", "other_context")] {
        page.wait_for("return events.length").await?;
        let expected = json!([["signedOut", reason, origin]]);
        assert_eq!(page.run(TOLD).await?, expected, "a sign-out");
    }
    Ok(())
}

const TOLD: &str = "return events.map(({ type, event }) => [type, event.reason, event.origin])";

/// Signs in where everybody is signed out; both tabs know it, and nothing else is to be told.
async fn begin_round(trial: &Trial, one: &Page, two: &Page) -> Outcome {
    trial.server.reset().await?;
    let signed_in = sign_in_here(trial, one, "Ada").await?;
    assert_eq!(signed_in["error"], json!(null), "{signed_in}");
    for page in [one, two] {
        page.wait_for("return auth.state.status === 'signed_in' && events.some(({ type }) => type === 'signedIn')").await?;
        page.run("events.length = 0").await?;
    }
    Ok(())
}

async fn assert_told(one: &Page, two: &Page, what: &str) -> Outcome {
    for page in [one, two] {
        page.wait_for("return auth.state.status === 'signed_out' && events.length > 0").await?;
        assert_eq!(page.run(TOLD).await?, json!([["signedOut", "storage_cleared", "other_context"]]), "{what}");
        assert_signed_out(page, what).await?;
        // A tab that had just read may have left its view once more; the next reading takes that back.
        page.wait_for("return localStorage.length === 0").await?;
        assert_eq!(page.run("return problems").await?, json!([]), "{what}");
        page.run("events.length = 0").await?;
    }
    Ok(())
}
