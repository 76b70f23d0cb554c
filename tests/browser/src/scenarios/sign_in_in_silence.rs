//! `mode: "silent"`: a hidden frame that is always removed again brings the session of a user who is signed in at the
//! provider, and typed errors where the provider needs the user or does not answer.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::steps::{open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let config = |landing: &str| json!({ "redirectUri": format!("{}{landing}", server.app) });

    // Nobody is signed in at the provider.
    open_app(trial, &page, config("/callback.html")).await?;
    let refused = page.rejection_of("await auth.signIn({ mode: 'silent' })").await?;
    assert_eq!((&refused["code"], &refused["oauth"]["error"]), (&json!("login_required"), &json!("login_required")));
    frame_is_gone(&page).await?;
    let asked = server.log().await?;
    assert_eq!(asked.to("authorization")[0]["query"]["prompt"], "none", "{}", asked.text());
    assert!(asked.to("token").is_empty());

    // Signed in there, signed out here: no page is left, nobody is asked.
    open_app(trial, &page, config("/")).await?;
    sign_in(trial, &page, "Ada Lovelace", config("/")).await?;
    for landing in ["/callback.html", "/"] {
        open_app(trial, &page, config(landing)).await?;
        page.run_with("localStorage.setItem('starts-by-itself', given)", json!(config(landing).to_string())).await?;
        page.run("await auth.signOut({ mode: 'local' })").await?;
        server.reset().await?;
        let result = page.run("return plain(await auth.signIn({ mode: 'silent', appState: 7 }))").await?;
        assert_eq!((&result["session"]["subject"], &result["appState"]), (&json!("ada-lovelace"), &json!(7)));
        assert_eq!(page.run("return auth.state.status").await?, "signed_in");
        assert_eq!(server.log().await?.token_requests("authorization_code").len(), 1);
        frame_is_gone(&page).await?;
    }

    page.run("localStorage.removeItem('starts-by-itself')").await?;

    // A provider that does not answer, and a caller who stops waiting: bounded, and the session stays.
    for (call, code) in [
        ("await auth.signIn({ mode: 'silent', timeout: 700 })", "timeout"),
        ("await auth.signIn({ mode: 'silent', signal: AbortSignal.timeout(700) })", "aborted"),
        ("await auth.signIn({ mode: 'silent', signal: AbortSignal.abort() })", "aborted"),
    ] {
        server.reset().await?;
        server.fail("authorization", json!({ "delay": 4000 })).await?;
        let given_up = page.rejection_of(call).await?;
        assert_eq!(given_up["code"], code, "{call}");
        frame_is_gone(&page).await?;
        assert!(server.log().await?.to("token").is_empty());
        assert_eq!(page.run("return auth.state.status").await?, "signed_in");
    }
    let stores = page.run("return JSON.stringify(await dumpStores())").await?.to_string();
    assert!(!stores.contains("keyward:response"), "{stores}");
    Ok(())
}

async fn frame_is_gone(page: &Page) -> Outcome {
    assert_eq!(page.run("return document.querySelectorAll('iframe').length").await?, Value::from(0));
    Ok(())
}
