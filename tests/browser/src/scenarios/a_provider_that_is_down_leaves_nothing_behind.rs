//! A sign-in with a provider that does not answer is a typed error; the page starts, and the next attempt works.

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// How discovery fails (status 0: the connection is cut), and what the caller may be told.
const OUTAGES: [(u16, &str, &[&str]); 4] = [
    (0, "", &["network", "discovery_failed"]),
    (500, "", &["discovery_failed"]),
    (404, "", &["discovery_failed"]),
    (200, "<!doctype html><p>We are down for maintenance.", &["discovery_failed", "invalid_metadata"]),
];

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    page.open(&format!("{}/", server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let untouched = page.run("return await dumpStores()").await?;

    for (status, body, codes) in OUTAGES {
        server.reset().await?;
        server.fail("discovery", json!({ "status": status, "body": body, "count": 100 })).await?;
        let started = open_app(trial, &page, json!({})).await?;
        assert_eq!(started["state"]["status"], "signed_out", "{status}");

        let refused = page.rejection_of("return await auth.signIn()").await?;
        assert_eq!(refused["isAuthError"], true, "{status}: {refused}");
        assert!(codes.contains(&refused["code"].as_str().unwrap_or_default()), "{status}: {refused}");
        assert_eq!(page.url().await?, format!("{}/", server.app), "{status}");
        assert_eq!(page.run("return await dumpStores()").await?, untouched, "{status}: something was stored");
        let log = server.log().await?;
        assert!(!log.to("discovery").is_empty(), "{status}: nobody asked");
        assert!(log.to("authorization").is_empty() && log.to("token").is_empty(), "{status}:\n{}", log.text());
        assert_eq!(page.run("return problems").await?, json!([]), "{status}");
    }

    // The same page, the same client: the failure was not kept.
    server.reset().await?;
    let signed_in = sign_in(trial, &page, "Ada", json!({})).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in");
    Ok(())
}
