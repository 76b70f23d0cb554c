//! Beside zone.js, as in Angular: with a stored session, a timer that waits for the token's expiry is none of the app's
//! pending tasks, so the app is stable; nor is a popup that the user takes their time with.

use std::time::Duration;

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, popup_button, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, json!({})).await?;
    sign_in(trial, &page, "Ada", json!({})).await?;
    page.open(&format!("{}/zoned.html", trial.server.app)).await?;
    trial.server.reset().await?;
    let started = start(&page, json!({})).await?;
    assert_eq!(started["state"]["status"], "signed_in", "{started}");
    for _ in 0..4 {
        assert_eq!(pending(&page).await?, 0);
        page.run("await auth.getAccessToken()").await?;
    }
    if !trial.isolated {
        // It looks at the clock every minute, and waits for that outside.
        assert_eq!(page.run("return zone.unzoned.includes(60_000)").await?, true);
    }
    assert!(trial.server.log().await?.is_empty());

    trial.server.fail("authorization", json!({ "delay": 1500 })).await?;
    popup_button(&page, json!({})).await?;
    page.click("#popup").await?;
    assert_eq!(pending(&page).await?, 0);
    assert_eq!(page.run("return window.begun").await?, json!(null));
    page.run("await auth.close()").await?;
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

/// What the zone counts a moment from now, while no script of the driver runs: WebKit's times those with a timer of the
/// page's own.
async fn pending(page: &Page) -> Result<Value, Error> {
    page.run("window.counted = null; Reflect.get(window, '__zone_symbol__setTimeout')(() => (window.counted = zone.pending.size), 300)")
        .await?;
    tokio::time::sleep(Duration::from_millis(600)).await;
    page.wait_for("return window.counted !== null").await?;
    page.run("return window.counted").await
}
