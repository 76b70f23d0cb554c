//! The refreshing tab is reloaded or closed in mid-flight: the others go on at once, as far as the provider allows.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::steps::{
    ASK, a_token_request_is_held, let_the_token_expire, open_another, open_app, quiet, sign_in, start,
    tabs_wait_for_a_lock,
};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a-refresh-outlives-the-tab-that-asked-for-it tells what is different there");

/// What is lost with the tab.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    /// The request: the provider never saw it.
    Request,
    /// The answer of a provider that accepts a refresh token once more for a while.
    AnswerWithGrace,
    /// The answer of a provider that takes the second use of a refresh token for theft.
    Answer,
}

/// Milliseconds from the tab's end to the others' results: far less than a request may take, which is what would be waited
/// for otherwise.
const AT_ONCE: f64 = 5000.0;

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;

    for closes in [false, true] {
        for lost in [Lost::Request, Lost::AnswerWithGrace, Lost::Answer] {
            let what = format!("tab {}, {lost:?} lost", if closes { "closed" } else { "reloaded" });
            let victim = open_another(trial, quiet()).await?;
            server.reset().await?;
            server.set_grace(if lost == Lost::AnswerWithGrace { 60 } else { 0 }).await?;
            let hold = if lost == Lost::Request { "request" } else { "answer" };
            server.fail("token", json!({ "hold": hold })).await?;

            let_the_token_expire(&[&one, &two, &victim]).await?;
            victim.begin(ASK).await?;
            a_token_request_is_held(trial, 1).await?;
            for page in [&one, &two] {
                page.run("events.length = 0").await?;
                page.begin(ASK).await?;
            }
            tabs_wait_for_a_lock(&one, 2).await?;
            let rest = if closes {
                victim.close().await?;
                None
            } else {
                victim.reload().await?;
                Some(victim)
            };

            let results = [one.finish().await?, two.finish().await?];
            let log = server.log().await?;
            let requests = log.to("token");
            assert_eq!(requests.len(), 2, "{what}:\n{}", log.text());
            if lost != Lost::Request {
                assert_eq!(requests[0]["form"], requests[1]["form"], "{what}: another refresh token");
            }
            let died = requests[0]["left"].as_f64().ok_or("the first request was not left")?;
            for result in &results {
                let waited = result["at"].as_f64().unwrap_or(f64::MAX) - died;
                assert!(waited < AT_ONCE, "{what}: {waited} ms");
            }
            assert_eq!(requests[0]["status"], if lost == Lost::Request { 0 } else { 200 }, "{what}");
            assert_eq!(requests[1]["status"], if lost == Lost::Answer { 400 } else { 200 }, "{what}");

            let mut tabs = vec![&one, &two];
            if let Some(rest) = &rest {
                start(rest, quiet()).await?;
                tabs.push(rest);
            }
            if lost == Lost::Answer {
                assert_ended(&tabs, &results, &what).await?;
                assert_eq!(server.log().await?.to("token").len(), 2, "{what}: an ended session was refreshed");
                sign_in_again(&one).await?;
                two.wait_for("return auth.state.status === 'signed_in'").await?;
            } else {
                assert_signed_in(&tabs, &results, &what).await?;
            }
            if let Some(rest) = rest {
                rest.close().await?;
            }
        }
    }
    Ok(())
}

async fn assert_signed_in(tabs: &[&Page], results: &[Value], what: &str) -> Outcome {
    assert!(results[0]["token"].is_string() && results[0]["token"] == results[1]["token"], "{what}: {results:?}");
    for tab in tabs {
        assert_eq!(tab.run("return auth.state.status").await?, "signed_in", "{what}");
    }
    for tab in &tabs[..2] {
        let told = tab.run("return events.map(({ type }) => type)").await?;
        assert_eq!(told, json!(["tokenRefreshed"]), "{what}");
    }
    Ok(())
}

/// Cleanly: once, with the provider's own words, in every tab, and for good.
async fn assert_ended(tabs: &[&Page], results: &[Value], what: &str) -> Outcome {
    for result in results {
        let refused = &result["rejection"];
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("reauth_required")), "{what}");
        assert_eq!(refused["oauth"]["error"], "invalid_grant", "{what}");
    }
    for tab in tabs {
        tab.wait_for("return auth.state.status === 'reauth_required'").await?;
        let refused = tab.rejection_of("return await auth.getAccessToken()").await?;
        assert_eq!(refused["code"], "reauth_required", "{what}");
        assert_eq!(tab.run("return problems").await?, json!([]), "{what}");
    }
    for tab in &tabs[..2] {
        let told = tab.run("return events.map(({ type }) => type)").await?;
        assert_eq!(told, json!(["reauthRequired"]), "{what}");
    }
    Ok(())
}

/// The provider still knows the person and asks nothing.
async fn sign_in_again(page: &Page) -> Outcome {
    page.begin("await auth.signIn()").await?;
    page.wait_for("return location.search.includes('code=')").await?;
    let signed_in = start(page, quiet()).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in", "{signed_in}");
    Ok(())
}
