//! Signing in without a provider's page in the browser: for stories that need many sign-ins, or a page that is not left.

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::start;
use crate::trial::Trial;
use crate::{Error, Outcome};

/// Every storage there is, as the tests' page spells it.
const STORAGES: [&str; 5] = ["local", "session", "memory", "encrypted", "adapter"];

/// Those that the trial's client takes: in a worker there is one, whatever it is called.
pub(crate) fn storages(trial: &Trial) -> &'static [&'static str] {
    if trial.isolated { &["encrypted"] } else { &STORAGES }
}

/// Begins a sign-in whose navigation leads nowhere, goes to the provider in the page's place, and returns the URL that
/// the provider sends the user back to.
pub(crate) async fn begin_sign_in(trial: &Trial, page: &Page, name: &str) -> Result<String, Error> {
    trial.server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin("await auth.signIn()").await?;
    trial.server.walk(name).await
}

/// Signs in on a page that stays: its client is given the response by hand. The result is the `RedirectResult`.
pub(crate) async fn sign_in_here(trial: &Trial, page: &Page, name: &str) -> Result<Value, Error> {
    let response = begin_sign_in(trial, page, name).await?;
    page.run_with("return plain(await auth.handleRedirect(given))", json!(response)).await
}

/// What a page says of responses that no sign-in awaits: nothing, while none is pending at that address, and `invalid_state`
/// while one is. It is then; `window.foreign` has the URLs, for others to be asked about (A9).
pub(crate) async fn foreign_states_answered_by_the_page(trial: &Trial, page: &Page) -> Outcome {
    let ask = "window.foreign = ['/', '/other'].map((path) => location.origin + path + '?code=theirs&state=theirs');
        const answers = [];
        for (const url of foreign) answers.push((await auth.handleRedirect(url))?.error.code ?? null);
        return answers";
    assert_eq!(page.run(ask).await?, json!([null, null]), "nobody is signing in");
    trial.server.reset().await?;
    trial.server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin("await auth.signIn()").await?;
    let pending = || async { Ok((!trial.server.log().await?.to("authorization").is_empty()).then_some(())) };
    wait_until(PATIENCE, "a pending sign-in", pending).await?;
    assert_eq!(page.run(ask).await?, json!(["invalid_state", null]));
    Ok(())
}

/// Ends the page's client and begins another one there.
pub(crate) async fn start_over(page: &Page, config: Value) -> Result<Value, Error> {
    page.run("events.length = 0; await window.auth?.close()").await?;
    start(page, config).await
}

/// Nobody is signed in, and everybody who asks is told so.
pub(crate) async fn assert_signed_out(page: &Page, context: &str) -> Outcome {
    let state = page.run("return plain(auth.state)").await?;
    assert_eq!(state, json!({ "status": "signed_out", "session": null, "sessions": [] }), "{context}");
    let refused = page.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("login_required")), "{context}");
    Ok(())
}
