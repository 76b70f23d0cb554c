//! When a refresh is due, the visible tab does it; a hidden one wakes up for nothing, and takes over the result.

use std::time::Duration;

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_another, open_app, sign_in, token_requests_arrive};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a worker is never hidden");

/// A tenth of the lifetime before expiry, less a share of chance, the visible tab is due; the hidden one comes later.
const WAKE_UP: &str = "clock.passTo(auth.state.session.expiresAt - 21_000); await clock.toldTheWorker(); dispatchEvent(new Event('focus'))";

async fn run(trial: &Trial) -> Outcome {
    let (server, visible) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &visible, json!({})).await?;
    sign_in(trial, &visible, "Ada", json!({})).await?;
    let hidden = open_another(trial, json!({})).await?;
    server.reset().await?;

    let hide = "while (document.visibilityState !== 'hidden') {
                  await new Promise((changed) => document.addEventListener('visibilitychange', changed, { once: true }));
                }
                localStorage.setItem('hidden', 'yes')";
    // The tab that WebDriver looks at is in front, so the other one has to act by itself.
    hidden.begin(&format!("{hide}; await released(); {WAKE_UP}; localStorage.setItem('awake', document.visibilityState)")).await?;
    visible.wait_for("return localStorage.getItem('hidden') && document.visibilityState === 'visible'").await?;
    visible.run("release()").await?;
    assert_eq!(visible.wait_for("return localStorage.getItem('awake')").await?, "hidden");
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert!(server.log().await?.is_empty(), "the hidden tab woke up:\n{}", server.log().await?.text());

    visible.run(WAKE_UP).await?;
    token_requests_arrive(trial, 1).await?;
    visible.wait_for("return events.length").await?;
    hidden.wait_for("return events.length").await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    for (page, origin) in [(&visible, "local"), (&hidden, "other_context")] {
        let told = page.run("return [events.map(({ type, event }) => [type, event.origin]), problems]").await?;
        assert_eq!(told, json!([[["tokenRefreshed", origin]], []]));
    }
    let log = server.log().await?;
    assert_eq!((log.to("token").len(), log.refreshes().len()), (1, 1), "{}", log.text());
    Ok(())
}
