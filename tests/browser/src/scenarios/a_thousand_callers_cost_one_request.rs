//! 1,000 callers at once, and 500 more while the request is under way: the provider sees one, all get its token.

use serde_json::json;

use crate::Outcome;
use crate::steps::{call_api, let_the_token_expire, open_app, quiet, sign_in, token_requests_arrive};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;
    let mut tokens = vec![page.run("return await auth.getAccessToken()").await?];

    // The first time because the token has expired, the second because everybody insists on a new one.
    let_the_token_expire(&[&page]).await?;
    for options in ["{}", "{ forceRefresh: true }"] {
        server.reset().await?;
        server.fail("token", json!({ "hold": "request" })).await?;
        page.run("events.length = 0; window.callers = []; window.states = []").await?;
        page.run("auth.subscribe((state) => states.push(state.status))").await?;
        let ask = |callers: u32| {
            format!("for (let i = 0; i < {callers}; i++) callers.push(auth.getAccessToken({options})); return 1")
        };
        // `begin`, not `run`: nothing here may wait for the answer that is held back.
        page.begin(&ask(1000)).await?;
        token_requests_arrive(trial, 1).await?;
        page.run(&ask(500)).await?;
        server.release().await?;

        let got = page.run("return [...new Set(await Promise.all(callers))].concat(callers.length)").await?;
        let Some([token, count]) = got.as_array().map(Vec::as_slice) else { return Err(format!("{got}").into()) };
        assert_eq!(count, 1500);
        assert!(!tokens.contains(token), "an old token came back");
        assert_eq!(call_api(&page, token).await?["body"]["subject"], "ada");
        tokens.push(token.clone());

        let told = page.run("return [events.map(({ type, event }) => [type, event.origin]), [...new Set(states)]]").await?;
        assert_eq!(told, json!([[["tokenRefreshed", "local"]], ["signed_in"]]), "{options}");
        let log = server.log().await?;
        assert_eq!((log.refreshes().len(), log.to("token").len()), (1, 1), "{options}:\n{}", log.text());
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
