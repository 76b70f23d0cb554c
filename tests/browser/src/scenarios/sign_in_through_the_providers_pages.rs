//! A person signs in on the provider's own pages and comes back signed in, to a clean URL.

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{log_in_at_the_provider, open_app, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let before = open_app(trial, &page, json!({})).await?;
    assert_eq!(before["state"]["status"], "signed_out");
    assert_eq!(before["redirectResult"], Value::Null);
    assert!(server.log().await?.is_empty(), "an app that only starts has nothing to ask the provider");

    page.run("history.replaceState(null, '', '/?page=2#start')").await?;
    page.begin("await auth.signIn({ appState: { cart: 7 } })").await?;
    log_in_at_the_provider(trial, &page, "Ada Lovelace").await?;
    page.wait_for_url(&server.app).await?;

    // What else came along is gone by the time the app looks at it, and what the user had is back.
    page.run("history.replaceState(null, '', '/?authuser=0&' + location.search.slice(1) + '&hd=#part-2')").await?;
    let after = start(&page, json!({})).await?;
    assert_eq!(after["url"], json!(format!("{}/?page=2#start", server.app)));

    let (result, session) = (&after["redirectResult"]["result"], &after["state"]["session"]);
    assert_eq!(after["redirectResult"]["error"], Value::Null);
    assert_eq!(result["appState"], json!({ "cart": 7 }));
    let return_to = page.run_with("return new URL(given, location).href", result["returnTo"].clone()).await?;
    assert_eq!(return_to, json!(format!("{}/?page=2#start", server.app)));
    assert_eq!(&result["session"], session);
    assert_eq!(after["state"]["status"], "signed_in");
    assert_eq!(after["state"]["sessions"], json!([session]));
    assert_eq!(session["subject"], "ada-lovelace");
    assert_eq!(session["issuer"], json!(server.provider));
    assert_eq!(session["provider"], "default");
    assert_eq!(session["status"], "active");
    let claims = &session["claims"];
    assert_eq!(claims["iss"], json!(server.provider));
    assert_eq!(claims["sub"], "ada-lovelace");
    assert_eq!(claims["name"], "Ada Lovelace");
    assert_eq!(claims["aud"], session["clientId"]);

    // Asking for the client again, as React's StrictMode does, exchanges nothing again.
    assert_eq!(page.run("return await keyward.init(await configuration({})) === auth").await?, true);

    let log = server.log().await?;
    assert_eq!(log.to("authorization").len(), 1, "{}", log.text());
    let query = &log.to("authorization")[0]["query"];
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["redirect_uri"], json!(format!("{}/", server.app)));
    assert_eq!(query["code_challenge"].as_str().map(str::len), Some(43), "{query}");
    for name in ["state", "nonce"] {
        let length = query[name].as_str().unwrap_or_default().len();
        assert!((22..=43).contains(&length), "{name}: {query}");
    }
    assert_ne!(query["state"], query["nonce"]);
    assert_eq!(claims["nonce"], query["nonce"]);

    assert_eq!(log.to("token").len(), 1, "{}", log.text());
    let request = log.to("token")[0];
    assert_eq!((&request["method"], &request["status"], &request["query"]), (&json!("POST"), &json!(200), &json!({})));
    assert_eq!(request["origin"], json!(server.app));
    assert_eq!(request["form"]["grant_type"], "authorization_code");
    assert_eq!(request["form"]["redirect_uri"], query["redirect_uri"]);
    // The recorder writes secrets as "length:hash"; 32 octets make 43 characters.
    assert!(request["form"]["code_verifier"].as_str().unwrap_or_default().starts_with("43:"), "{request}");
    assert_eq!(request["form"].get("client_secret"), None);
    // Once a page load at most: the page left in between.
    assert!((1..=2).contains(&log.to("discovery").len()) && log.to("jwks").len() == 1, "{}", log.text());
    for name in ["code", "code_verifier", "access_token", "refresh_token", "id_token_hint", "token", "client_secret"] {
        assert!(!log.has_query_member(name), "{name} is in a URL:\n{}", log.text());
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
