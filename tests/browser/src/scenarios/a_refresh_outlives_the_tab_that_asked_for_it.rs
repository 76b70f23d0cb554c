//! In a SharedWorker a refresh comes to its end although the tab that asked for it was closed or reloaded: no session is
//! lost, even where the provider takes the second use of a refresh token for theft. WebKitGTK's SharedWorkers cannot keep
//! keys, so there each tab has a worker of its own, which goes with it.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::steps::{a_token_request_is_held, open_another, open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium, Engine::Firefox])
    .in_a_worker();

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    for closes in [true, false] {
        let victim = open_another(trial, quiet()).await?;
        server.reset().await?;
        server.set_grace(0).await?;
        server.fail("token", json!({ "hold": "answer" })).await?;
        victim.begin("return await auth.getAccessToken({ forceRefresh: true })").await?;
        a_token_request_is_held(trial, 1).await?;
        let rest = if closes {
            victim.close().await?;
            None
        } else {
            victim.reload().await?;
            Some(victim)
        };
        // The other tab has asked nothing yet: it hears of the result.
        one.run("events.length = 0").await?;
        server.release().await?;
        one.wait_for("return events.some(({ type }) => type === 'tokenRefreshed')").await?;
        let token = one.run("return await auth.getAccessToken()").await?;
        if let Some(rest) = rest {
            assert_eq!(start(&rest, quiet()).await?["state"]["status"], "signed_in");
            assert_eq!(rest.run("return await auth.getAccessToken()").await?, token);
            rest.close().await?;
        }
        let log = server.log().await?;
        assert_eq!(log.refreshes().len(), 1, "{}", log.text());
        // The new refresh token is the one that is stored: it works.
        one.run("await auth.getAccessToken({ forceRefresh: true })").await?;
        let log = server.log().await?;
        let requests = log.refreshes();
        assert_eq!(requests[1]["form"]["refresh_token"], requests[0]["issued"]["refresh_token"]);
        assert_eq!(requests[1]["status"], 200);
    }
    Ok(())
}
