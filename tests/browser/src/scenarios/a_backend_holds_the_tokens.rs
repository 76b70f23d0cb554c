//! With `mode: "backend"` the page has the same API and no token: a backend signs in, asks APIs and signs out, over a cookie that
//! no script can read.

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{log_in_at, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("there is no client in the page that could live in one");

async fn run(trial: &Trial) -> Outcome {
    let world = trial.server.start_backend().await?;
    let text = |name: &str| world[name].as_str().unwrap_or_default().to_owned();
    let (app, issuer) = (text("app"), text("issuer"));
    let config = json!({ "mode": "backend", "allowedOrigins": "api" });
    let page = trial.browser.first_tab();
    page.open(&format!("{app}/?page=2")).await?;
    assert_eq!(start(&page, config.clone()).await?["state"]["status"], "signed_out");
    let refused = page.rejection_of("return await auth.getUserInfo()").await?;
    assert_eq!((&refused["code"], &refused["isAuthError"]), (&json!("login_required"), &json!(true)), "{refused}");

    // There and back, to where it began and with what the app had left.
    page.begin("await auth.signIn({ appState: { from: 'here' } })").await?;
    log_in_at(&page, &issuer, "Ada Lovelace").await?;
    page.wait_for_url(&format!("{app}/?page=2")).await?;
    let started = start(&page, config.clone()).await?;
    assert_eq!(started["state"]["session"]["subject"], "ada-lovelace", "{started}");
    assert_eq!(started["state"]["session"]["issuer"], json!(issuer));
    assert_eq!(started["redirectResult"]["result"]["appState"], json!({ "from": "here" }));
    assert_eq!(started["url"], json!(format!("{app}/?page=2")), "no code and no state came to the page");

    // A page gets at no token, and an API gets one all the same.
    for call in ["auth.getAccessToken()", "auth.getAuthHeaders({ url: api })", "auth.signIn({ mode: 'popup' })"] {
        assert_eq!(page.rejection_of(&format!("return await {call}")).await?["code"], "unsupported", "{call}");
    }
    let script = "const response = await auth.fetch(api + '/echo', { method: 'POST', body: '{\"a\":1}', headers: { 'content-type': 'application/json' } });
        return [response.status, await response.json(), document.cookie, (await dumpStores()).toString()]";
    let echoed = page.run(script).await?;
    assert_eq!((&echoed[0], &echoed[1]["method"], &echoed[1]["scheme"]), (&json!(200), &json!("POST"), &json!("Bearer")), "{echoed}");
    assert_eq!(echoed[1]["body"], "{\"a\":1}");
    assert!(!echoed[2].as_str().unwrap_or("session").contains("session"), "a script reads the cookie: {echoed}");
    assert_eq!(page.run("return (await auth.getUserInfo()).sub").await?, "ada-lovelace");
    // Whoever cannot set the header is refused, cookie or not.
    let forged = "return (await fetch('/auth/logout', { method: 'POST', body: '{}' })).status";
    assert_eq!(page.run(forged).await?, 403);

    // Another tab has the cookie, and hears of the sign-out.
    let other = trial.browser.new_tab().await?;
    other.open(&format!("{app}/")).await?;
    assert_eq!(start(&other, config.clone()).await?["state"]["status"], "signed_in");
    page.run("events.length = 0; await auth.signOut({ mode: 'local' })").await?;
    other.wait_for("return auth.state.status === 'signed_out'").await?;
    let told = other.run("return events.map(({ type, event }) => [type, event.reason, event.origin])").await?;
    assert_eq!(told, json!([["signedOut", "other_context", "other_context"]]));
    assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_out", []]));
    assert_eq!(page.run("return (await auth.fetch(api + '/echo')).status").await?, 401);

    let (asked, log) = trial.server.backend().await?;
    assert_eq!(asked.iter().filter(|request| request["path"] == "/auth/login").count(), 1, "{asked:?}");
    let exchange = log.token_requests("authorization_code");
    assert_eq!((exchange.len(), &exchange[0]["origin"]), (1, &Value::Null), "no page asked for tokens:\n{}", log.text());
    assert_eq!(log.to("authorization")[0]["query"]["code_challenge_method"], "S256");
    assert_eq!(log.to("revocation").len(), 1, "{}", log.text());
    Ok(())
}
