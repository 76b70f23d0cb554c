//! Revocation that hangs, refuses, redirects or has no CORS header, and a logout page that fails or asks: here the user
//! is signed out at once, in every tab, and nothing is thrown (G1, K2, K9, K10); the way back from the provider's logout
//! is checked, cleaned away, and never taken for a sign-in (G2). The back button shows no session (G3).

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Outcome;
use crate::page::Page;
use crate::shortcut::{assert_signed_out, begin_sign_in, sign_in_here};
use crate::steps::{open_app, quiet, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

fn misbehaviours() -> Vec<(&'static str, Value)> {
    let json_body = |status: u16, body: Value| json!({ "status": status, "body": body.to_string(), "count": 9,
        "headers": { "content-type": "application/json" } });
    vec![
        ("hangs", json!({ "delay": 20_000, "count": 9 })),
        ("200 with an error", json_body(200, json!({ "error": "invalid_request" }))),
        ("400", json_body(400, json!({ "error": "unsupported_token_type" }))),
        ("401", json_body(401, json!({ "error": "invalid_client" }))),
        ("503", json!({ "status": 503, "count": 9 })),
        ("a login page", json!({ "status": 302, "count": 9, "headers": { "location": "/login/elsewhere" } })),
        ("no CORS", json!({ "status": 200, "count": 9, "headers": { "access-control-allow-origin": "https://other.example" } })),
        ("cut off", json!({ "status": 0, "count": 9 })),
    ]
}

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let home = format!("{}/", server.app);
    open_app(trial, &page, quiet()).await?;
    let second = trial.browser.new_tab().await?;
    open_app(trial, &second, quiet()).await?;

    for (what, fault) in misbehaviours() {
        server.reset().await?;
        sign_in_here(trial, &page, "Ada").await?;
        second.wait_for("return auth.state.status === 'signed_in'").await?;
        server.fail("revocation", fault).await?;
        let began = Instant::now();
        page.run("window.signingOut = auth.signOut({ mode: 'local' }); await 0").await?;
        second.wait_for("return auth.state.status === 'signed_out'").await?;
        assert_signed_out(&second, what).await?;
        page.run("await signingOut").await?;
        assert!(began.elapsed().as_secs() < 9, "{what}: signing out took {:?}", began.elapsed());
        assert_signed_out(&page, what).await?;
        let stored = page.run("return JSON.stringify(await traces()).includes(':session:')").await?;
        assert_eq!(stored, false, "{what}: something of the session is stored");
        assert_eq!(page.run("return problems").await?, json!([]), "{what}");
        let log = server.log().await?;
        assert!(!log.to("revocation").is_empty(), "{what}: nobody tried to revoke");
    }

    // The refresh token, which outlives the rest, is revoked first.
    server.reset().await?;
    sign_in_here(trial, &page, "Ada").await?;
    page.run("await auth.signOut({ mode: 'local' })").await?;
    let log = server.log().await?;
    let hints: Vec<&Value> = log.to("revocation").iter().map(|request| &request["form"]["token_type_hint"]).collect();
    assert_eq!(hints, ["refresh_token", "access_token"], "{}", log.text());

    // A user who declines at the provider comes back like one who does not: nothing tells the two apart.
    server.reset().await?;
    sign_in_here(trial, &page, "Ada").await?;
    let state = leave_for_logout(trial, &page).await?;
    assert_signed_out(&page, "while at the provider").await?;
    // What the registered address does not have, the provider has added.
    page.open(&format!("{home}?state={state}&lang=de#part")).await?;
    let back = start(&page, quiet()).await?;
    assert_eq!((&back["redirectResult"], &back["url"]), (&Value::Null, &json!(format!("{home}#part"))), "{back}");
    assert_signed_out(&page, "back").await?;

    // The state is good once, and no other is: such an address is nobody's, and stays as it is.
    for unknown in [format!("{home}?state={state}"), format!("{home}?state=of-somebody-else")] {
        page.open(&unknown).await?;
        let opened = start(&page, quiet()).await?;
        assert_eq!((&opened["redirectResult"], &opened["url"]), (&Value::Null, &json!(unknown)), "{opened}");
        assert_signed_out(&page, &unknown).await?;
    }

    // A way back from the logout that brings a code is no sign-in either.
    server.reset().await?;
    open_app(trial, &page, quiet()).await?;
    sign_in_here(trial, &page, "Ada").await?;
    let state = leave_for_logout(trial, &page).await?;
    let token_requests = server.log().await?.to("token").len();
    page.open(&format!("{home}?code=planted&state={state}")).await?;
    let back = start(&page, quiet()).await?;
    assert_eq!(back["state"]["status"], "signed_out", "{back}");
    assert_eq!(server.log().await?.to("token").len(), token_requests, "no code is redeemed on the way back");

    // A provider whose logout page is down: signed out here all the same, and the next sign-in works.
    server.reset().await?;
    open_app(trial, &page, quiet()).await?;
    sign_in_here(trial, &page, "Ada").await?;
    server.fail("end_session", json!({ "status": 503, "body": "down" })).await?;
    page.begin("await auth.signOut()").await?;
    page.wait_for_url(&server.provider).await?;
    open_app(trial, &page, quiet()).await?;
    assert_signed_out(&page, "the logout page is down").await?;

    // The page that was left is shown again by the back button: without the session.
    let response = begin_sign_in(trial, &page, "Ada").await?;
    page.open(&response).await?;
    start(&page, quiet()).await?;
    page.run("document.body.append(Object.assign(document.createElement('p'), { id: 'left' }))").await?;
    server.reset().await?;
    server.fail("end_session", json!({ "status": 200, "body": "signed out" })).await?;
    page.begin("await auth.signOut()").await?;
    page.wait_for_url(&server.provider).await?;
    // By the driver: WebKitWebDriver never answers a script that it runs while a page returns by `history.back()`.
    page.back().await?;
    page.wait_for_url(&home).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    if page.run("return !window.auth").await? == true {
        start(&page, quiet()).await?;
    }
    assert_signed_out(&page, "the back button").await?;
    Ok(())
}

/// Goes to the provider's logout, which leads nowhere; returns the `state` that went along.
async fn leave_for_logout(trial: &Trial, page: &Page) -> Result<String, crate::Error> {
    trial.server.fail("end_session", json!({ "status": 204 })).await?;
    page.begin("await auth.signOut()").await?;
    let asked = || async {
        let log = trial.server.log().await?;
        Ok(log.to("end_session").first().and_then(|request| request["query"]["state"].as_str().map(str::to_owned)))
    };
    crate::page::wait_until(crate::page::PATIENCE, "the logout request", asked).await
}
