//! A config that cannot work is refused with the name of the member that is wrong, and the right one works after it.

use serde_json::{Value, json};

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

fn mistakes() -> Vec<(&'static str, Value)> {
    vec![
        ("clientSecret", json!({ "clientSecret": "hunter2" })),
        ("client_id", json!({ "client_id": "keyward-demo" })),
        ("clientId", json!({ "clientId": null })),
        ("clientId", json!({ "clientId": "" })),
        ("issuer", json!({ "issuer": "http://login.example.com" })),
        ("issuer", json!({ "issuer": "not a url" })),
        ("issuer", json!({ "issuer": 7 })),
        ("redirectUri", json!({ "redirectUri": "https://app.example.com/#callback" })),
        ("scope", json!({ "scope": ["openid"] })),
        ("authorizationParams", json!({ "authorizationParams": { "state": "mine" } })),
        ("authorizationParams", json!({ "authorizationParams": { "code_challenge": "mine" } })),
        ("authorizationParams", json!({ "authorizationParams": "audience=api" })),
        ("storage", json!({ "storage": "cookie" })),
        ("allowedOrigins", json!({ "allowedOrigins": "https://api.example.com" })),
        ("autoRefresh", json!({ "autoRefresh": "yes" })),
        ("clockToleranceSeconds", json!({ "clockToleranceSeconds": 301 })),
        ("refreshLeadSeconds", json!({ "refreshLeadSeconds": "soon" })),
        ("requestTimeout", json!({ "requestTimeout": -1 })),
        ("namespace", json!({ "namespace": 3 })),
    ]
}

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;

    let early = page.rejection_of("return await keyward.getAccessToken()").await?;
    assert_eq!(early["code"], "not_initialized", "{early}");

    for (member, config) in mistakes() {
        let refused = page.rejection_of_with("return await start(given)", config.clone()).await?;
        let seen = (&refused["isAuthError"], &refused["code"]);
        assert_eq!(seen, (&json!(true), &json!("invalid_config")), "{config}: {refused}");
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains(member), "{config}: the message does not name {member}: {message}");
        assert!(!message.contains("hunter2"), "a secret is in the message: {message}");
    }

    let started = page.run("return await start({})").await?;
    assert_eq!(started["state"]["status"], "signed_out");
    assert_eq!(page.run("return problems").await?, json!([]));
    assert!(trial.server.log().await?.is_empty());
    Ok(())
}
