//! A tab is frozen while it refreshes: the others go on at once, and its own late answer changes nothing.
//!
//! Only Chromium freezes tabs, and only its driver can be told to.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::page::{PATIENCE, wait_until};
use crate::steps::{
    ASK, a_token_request_is_held, let_the_token_expire, open_another, open_app, quiet, sign_in, tabs_wait_for_a_lock,
};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .not_in_a_worker("a worker is not frozen with the tab, and goes on with what it does");

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    server.reset().await?;
    // Two requests with one refresh token are what a client in a page cannot avoid here.
    server.set_grace(60).await?;
    server.fail("token", json!({ "hold": "answer" })).await?;

    let_the_token_expire(&[&one, &two]).await?;
    one.begin(ASK).await?;
    a_token_request_is_held(trial, 1).await?;
    two.begin(ASK).await?;
    tabs_wait_for_a_lock(&two, 1).await?;
    // The driver freezes the tab that it looks at, which a script makes certain; Chromium none that has a transaction open.
    one.run("document.addEventListener('freeze', () => localStorage.setItem('frozen', 'yes')); await storesRest()").await?;
    one.devtools("Page.setWebLifecycleState", json!({ "state": "frozen" })).await?;
    let frozen_at = two.run("return clock.true()").await?.as_f64().ok_or("no time")?;
    two.wait_for("return localStorage.getItem('frozen')").await?;
    let result = two.finish().await?;
    let waited = result["at"].as_f64().unwrap_or(f64::MAX) - frozen_at;
    assert!(result["token"].is_string() && waited < 5000.0, "after {waited} ms: {result}");

    // The answer comes while the tab is frozen, and is found by it when it goes on.
    server.release().await?;
    let answered = || async { Ok((server.log().await?.refreshes().len() == 2).then_some(())) };
    wait_until(PATIENCE, "the held answer", answered).await?;
    one.devtools("Page.setWebLifecycleState", json!({ "state": "active" })).await?;
    assert_eq!(one.finish().await?["token"], result["token"]);

    let log = server.log().await?;
    assert_eq!(log.to("token").len(), 2, "{}", log.text());
    for (page, origin) in [(&one, "other_context"), (&two, "local")] {
        let told = page.run("return [events.map(({ type, event }) => [type, event.origin]), problems]").await?;
        assert_eq!(told, json!([[["tokenRefreshed", origin]], []]));
        assert_eq!(page.run("return await auth.getAccessToken()").await?, result["token"]);
    }
    // What is stored is what works: the next refresh goes through.
    let next = two.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    one.wait_for("return events.length === 2").await?;
    assert_eq!(one.run("return await auth.getAccessToken()").await?, next);
    Ok(())
}
