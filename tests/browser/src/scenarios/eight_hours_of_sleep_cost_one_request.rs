//! The machine sleeps for eight hours with two tabs open: waking up costs one request, and both tabs have its token.

use std::time::Duration;

use serde_json::json;

use crate::Outcome;
use crate::steps::{call_api, open_another, open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const HOURS: i64 = 8;

/// Browsers differ in whether their steady clock goes on in a sleeping machine.
const SLEEP: [&str; 2] = ["clock.jump(given, 0)", "clock.jump(given, given)"];

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, json!({})).await?;
    sign_in(trial, &one, "Ada", json!({})).await?;
    let two = open_another(trial, json!({})).await?;
    let mut token = one.run("return await auth.getAccessToken()").await?;

    for (night, sleep) in (1..).zip(SLEEP) {
        server.reset().await?;
        server.set_clock(night * HOURS * 3_600_000).await?;
        for page in [&one, &two] {
            page.run("events.length = 0").await?;
            page.begin("await released(); dispatchEvent(new Event('focus')); return await auth.getAccessToken()").await?;
            page.wait_for("return window.isWaiting").await?;
        }
        for page in [&one, &two] {
            page.run_with(&format!("{sleep}; await clock.toldTheWorker()"), json!(HOURS * 3_600_000)).await?;
        }
        two.run("release()").await?;
        let (first, second) = (one.finish().await?, two.finish().await?);
        assert_eq!(first, second, "{sleep}");
        assert_ne!(first, token, "{sleep}: the token of the evening before");
        // The provider judges by a clock that went on as well.
        assert_eq!(call_api(&one, &first).await?["body"]["subject"], "ada", "{sleep}");
        token = first;

        // Long enough for whatever might be sent belatedly.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let log = server.log().await?;
        assert_eq!((log.to("token").len(), log.refreshes().len()), (1, 1), "{sleep}:\n{}", log.text());
        for page in [&one, &two] {
            let told = page.run("return [events.map(({ type }) => type), auth.state.status, problems]").await?;
            assert_eq!(told, json!([["tokenRefreshed"], "signed_in", []]), "{sleep}");
            assert_eq!(page.run("return await auth.getAccessToken()").await?, token, "{sleep}");
        }
    }
    Ok(())
}
