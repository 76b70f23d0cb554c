//! While the network is gone the session stays, marked as stale where the app asks for that; when it is back, nobody waits for
//! the end of a back-off.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::page::Page;
use crate::steps::{call_api, fix_chance, let_the_token_expire, open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .waiting()
    .not_in_a_worker("a driver takes the network from a page, and not from its worker");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    sign_in(trial, &page, "Ada", json!({})).await?;
    let script = "const { withOffline } = await load('offline');
        window.offline = withOffline(auth, { offlineFor: 3_600_000 });
        window.told = [];
        for (const type of ['stale', 'fresh', 'withheld']) offline.on(type, ({ session }) => told.push([type, session.subject]));
        return offline.state.session.stale";
    assert_eq!(page.run(script).await?, false);
    server.reset().await?;
    // The longest pauses: 1, 2, 4 seconds after the first, second, third failure.
    fix_chance(&page, 255).await?;

    go_offline(trial, &page).await?;
    let_the_token_expire(&[&page]).await?;
    page.run("dispatchEvent(new Event('focus'))").await?;
    page.wait_for("return events.filter(({ type }) => type === 'refreshFailed').length === 3").await?;
    let refused = page.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!((&refused["code"], &refused["retryable"]), (&json!("network"), &json!(true)), "{refused}");
    assert_eq!(page.run("return auth.state.status").await?, "signed_in");

    let shown = page.run("return [offline.state.status, offline.state.session.stale, told]").await?;
    assert_eq!(shown, json!(["signed_in", true, [["stale", "ada"]]]));
    if trial.engine == Engine::Chromium {
        let unsent = page.rejection_of("return await offline.fetch('/api/me')").await?;
        assert_eq!((&unsent["code"], &unsent["message"]), (&json!("network"), &json!("the browser is offline")), "{unsent}");
    }

    go_online(trial, &page).await?;
    page.wait_for("return events.at(-1).type === 'tokenRefreshed'").await?;
    let told = page.run("return events.map(({ type, time, event }) => [type, time, event.retryAt])").await?;
    let types: Vec<_> = told.as_array().into_iter().flatten().map(|event| &event[0]).collect();
    assert_eq!(types, ["refreshFailed", "refreshFailed", "refreshFailed", "tokenRefreshed"], "{told}");
    let (refreshed, retry) = (told[3][1].as_f64(), told[2][2].as_f64());
    assert!(refreshed.is_some() && refreshed < retry, "the back-off was waited for: {told}");

    let shown = page.run("return [offline.state.session.stale, told]").await?;
    assert_eq!(shown, json!([false, [["stale", "ada"], ["fresh", "ada"]]]));

    let token = page.run("return await auth.getAccessToken()").await?;
    assert_eq!(call_api(&page, &token).await?["body"]["subject"], "ada");
    let log = server.log().await?;
    let answered: Vec<_> = log.to("token").into_iter().filter(|request| request["status"] == 200).collect();
    assert_eq!(answered.len(), 1, "{}", log.text());
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

/// Chromium's driver can take the network away. In the others the provider hangs up, and the page is told the rest.
async fn go_offline(trial: &Trial, page: &Page) -> Outcome {
    if trial.engine != Engine::Chromium {
        return trial.server.fail("token", json!({ "status": 0, "count": 1000 })).await;
    }
    emulate_network(page, true).await?;
    page.wait_for("return !navigator.onLine").await.map(drop)
}

async fn go_online(trial: &Trial, page: &Page) -> Outcome {
    if trial.engine == Engine::Chromium {
        let log = trial.server.log().await?;
        assert!(log.is_empty(), "a request came through:\n{}", log.text());
        return emulate_network(page, false).await;
    }
    trial.server.reset().await?;
    page.run("dispatchEvent(new Event('online'))").await.map(drop)
}

async fn emulate_network(page: &Page, offline: bool) -> Outcome {
    let conditions =
        json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    page.devtools("Network.enable", json!({})).await?;
    page.devtools("Network.emulateNetworkConditions", conditions).await.map(drop)
}
