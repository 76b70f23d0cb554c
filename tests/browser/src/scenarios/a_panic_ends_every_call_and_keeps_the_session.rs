//! What cannot happen happens inside the module: every call ends with `closed`, none is left pending, and the stored
//! session is there again after a reload.

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a-panic-in-a-worker-is-followed-by-another-worker tells what is different there");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    trial.server.reset().await?;

    // A browser without randomness: no value is better than one that can be guessed.
    page.run("crypto.getRandomValues = () => { throw new Error('none left') }").await?;
    for call in ["signIn()", "getAccessToken({ forceRefresh: true })", "signOut()", "getUserInfo()"] {
        let ended = page.rejection_of(&format!("return await auth.{call}")).await?;
        assert_eq!((&ended["isAuthError"], &ended["code"]), (&json!(true), &json!("closed")), "{call}: {ended}");
        // Whoever reports it can say where, though the module holds no places of panics.
        let message = ended["message"].as_str().unwrap_or_default();
        assert!(message.contains("an internal error (") && message.contains("wasm-function["), "{call}: {message}");
    }
    let log = trial.server.log().await?;
    assert!(log.to("authorization").is_empty() && log.to("token").is_empty(), "{}", log.text());

    page.reload().await?;
    assert_eq!(start(&page, quiet()).await?["state"]["status"], "signed_in");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token);
    Ok(())
}
