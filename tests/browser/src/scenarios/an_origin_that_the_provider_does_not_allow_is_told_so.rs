//! A refusal by CORS is a network error to a page; where the provider answers at all, the error says what to set there. It
//! is found out with one plain request to that address, once, and nothing of the refused request is in it.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::server::hostile;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const WHAT_TO_SET: &str = "allowed origins";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    // All trials share that server; the port of the app is this trial's alone.
    let (_, port) = trial.server.app.rsplit_once(':').unwrap_or_default();
    let provider = |name: &str| hostile().provider(&format!("{name}~k5-{port}"));
    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;

    // The metadata: asked for at each call, the address looked at once.
    let kept = provider("b2_metadata_is_no_cors_headers");
    for attempt in 0..3 {
        let message = refused(&page, kept.issuer()).await?;
        assert!(message.contains(WHAT_TO_SET), "{attempt}: {message}");
    }
    let received = kept.received_at("openid-configuration");
    assert_eq!(received.len(), 3 + 1, "one more than the page asked for");
    let origins = received.iter().filter(|request| request.header("origin").is_some()).count();
    assert_eq!(origins, 3, "the plain request is no CORS request");
    for request in &received {
        assert_eq!((request.query.len(), request.header("cookie"), request.header("referer")), (0, None, None));
    }
    let places = 3;
    assert_eq!(kept.received().len(), places * received.len(), "the same at each place where such an issuer may have it");

    // A connection that breaks, and an answer that sends elsewhere, are no matter of origins.
    for name in ["b2_metadata_is_no_answer_but_a_closed_connection", "b2_metadata_is_a_redirect"] {
        let message = refused(&page, provider(name).issuer()).await?;
        assert!(!message.contains(WHAT_TO_SET), "{name}: {message}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

async fn refused(page: &Page, issuer: &str) -> Result<String, crate::Error> {
    let config = json!({ "issuer": issuer, "clientId": "app", "namespace": issuer });
    let script = "return await (await keyward.createAuth(await configuration(given))).signIn()";
    let refused = page.rejection_of_with(script, config).await?;
    let seen = (&refused["isAuthError"], &refused["code"], &refused["retryable"]);
    assert_eq!(seen, (&Value::Bool(true), &json!("network"), &Value::Bool(true)), "{refused}");
    Ok(refused["message"].as_str().unwrap_or_default().to_owned())
}
