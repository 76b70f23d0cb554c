//! The response of a popup comes by a channel; where there is none, the storage event tells of it; and where storage is
//! blocked as well, a message of the popup's own window brings it. What anybody else says is not believed.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{log_in_at_the_provider, open_app, popup_button};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("windows are the page's business there too, by the same code; and without storage there is no worker");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let config = json!({ "redirectUri": format!("{}/callback.html", server.app), "storage": "memory" });
    page.open(&format!("{}/blank.html", server.app)).await?;
    for lacks in ["BroadcastChannel", "BroadcastChannel localStorage"] {
        page.run_with("document.cookie = `lacks=${given}`", json!(lacks)).await?;
        open_app(trial, &page, config.clone()).await?;
        let there = "return [typeof BroadcastChannel, (() => { try { return typeof localStorage } catch { return 'blocked' } })()]";
        let blocked = if lacks.contains("localStorage") { "blocked" } else { "object" };
        assert_eq!(page.run(there).await?, json!(["undefined", blocked]));
        server.reset().await?;
        popup_button(&page, json!({})).await?;
        if lacks == "BroadcastChannel" {
            let popup = trial.browser.window_opened_by(page.click("#popup")).await?;
            popup.wait_for_url(&format!("{}/login/", server.provider)).await?;
            forged_messages_change_nothing(trial, &page).await?;
            log_in_at_the_provider(trial, &popup, "Ada Lovelace").await?;
        } else {
            page.click("#popup").await?;
        }
        let result = page.finish().await.map_err(|error| format!("without {lacks}: {error}"))?;
        assert_eq!(result["session"]["subject"], "ada-lovelace", "without {lacks}");
        assert_eq!(server.log().await?.token_requests("authorization_code").len(), 1, "without {lacks}");
        let alone = || async { Ok((trial.browser.window_count().await? == 1).then_some(())) };
        wait_until(PATIENCE, "the popup to close", alone).await?;
        assert_eq!(page.run("return problems").await?, json!([]));
    }
    Ok(())
}

/// A response with the right state, by messages that are not the popup's: from this page itself, and from a frame of
/// another origin.
async fn forged_messages_change_nothing(trial: &Trial, page: &Page) -> Outcome {
    let log = trial.server.log().await?;
    let state = log.to("authorization")[0]["query"]["state"].as_str().unwrap_or_default().to_owned();
    let forge = "const said = { [`keyward:response:${given.state}`]: `${given.landing}?code=forged&state=${given.state}` };
        const heard = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
        window.postMessage(said, location.origin);
        await heard;
        // From the popup's window, as it seems, but of another origin; and of this origin, but no window's.
        forgeMessage(JSON.stringify(said), 'https://evil.example', true);
        forgeMessage(JSON.stringify(said), location.origin, false)";
    let landing = format!("{}/callback.html", trial.server.app);
    page.run_with(forge, json!({ "state": state, "landing": landing })).await?;
    assert_eq!(page.run("return window.begun").await?, Value::Null, "somebody else's word was taken");
    assert!(trial.server.log().await?.to("token").is_empty());
    Ok(())
}
