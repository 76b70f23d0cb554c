//! UserInfo comes from the provider with the session's token, is handed out only about the session's own user, and
//! changes nothing of what the ID token said.

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    let refused = page.rejection_of("return await auth.getUserInfo()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("login_required")));

    sign_in(trial, &page, "Grace Hopper", json!({})).await?;
    server.reset().await?;
    let seen = page
        .run(
            "const before = auth.state;
             const claims = await auth.getUserInfo();
             const own = { sub: claims.sub, name: claims.name, email: claims.email };
             claims.sub = 'somebody else';
             const again = await auth.getUserInfo({ provider: 'default', subject: 'grace-hopper' });
             return { own, again: again.sub, same: before === auth.state, verified: auth.state.session.claims.sub }",
        )
        .await?;
    let own = json!({ "sub": "grace-hopper", "name": "Grace Hopper", "email": "grace-hopper@example.com" });
    assert_eq!(seen, json!({ "own": own, "again": "grace-hopper", "same": true, "verified": "grace-hopper" }));
    let log = server.log().await?;
    assert_eq!((log.to("userinfo").len(), log.to("token").len()), (2, 0), "{}", log.text());
    for request in log.to("userinfo") {
        assert_eq!((&request["method"], &request["query"]), (&json!("GET"), &json!({})), "the token is in no URL");
    }

    // Somebody else's claims, and an answer that is none.
    let claims = |body: &str| json!({ "status": 200, "body": body, "headers": { "content-type": "application/json" } });
    for (fault, code) in [
        (claims(r#"{"sub":"mallory","name":"Grace Hopper"}"#), "subject_mismatch"),
        (claims(r#"{"__proto__":{"sub":"grace-hopper"}}"#), "subject_mismatch"),
        (claims("<!doctype html>"), "userinfo_failed"),
        (json!({ "status": 403, "body": r#"{"error":"insufficient_scope"}"# }), "userinfo_failed"),
        (json!({ "status": 503 }), "temporarily_unavailable"),
        // A browser asks again by itself when a connection is cut.
        (json!({ "status": 0, "count": 10 }), "network"),
    ] {
        server.fail("userinfo", fault.clone()).await?;
        let refused = page.rejection_of("return await auth.getUserInfo()").await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!(code)), "{fault}: {refused}");
    }

    // A token that the provider refuses is renewed, once.
    server.reset().await?;
    server.fail("userinfo", json!({ "status": 401, "body": r#"{"error":"invalid_token"}"# })).await?;
    assert_eq!(page.run("return (await auth.getUserInfo()).sub").await?, "grace-hopper");
    let log = server.log().await?;
    assert_eq!((log.to("userinfo").len(), log.refreshes().len()), (2, 1), "{}", log.text());

    // What comes after the sign-out is told to nobody.
    server.fail("userinfo", json!({ "delay": 1_000 })).await?;
    let late = "const answer = auth.getUserInfo();
                answer.catch(() => {});
                await new Promise((resolve) => setTimeout(resolve, 200));
                await auth.signOut({ mode: 'local', revoke: false });
                return await answer";
    assert_eq!(page.rejection_of(late).await?["code"], "login_required");
    for (misuse, code) in [
        ("auth.getUserInfo('ada')", "invalid_argument"),
        ("auth.getUserInfo({ subject: 7 })", "invalid_argument"),
        ("auth.getUserInfo({ scope: 'openid' })", "invalid_argument"),
        ("auth.getUserInfo({ provider: 'other' })", "unknown_provider"),
        ("(auth.close(), auth.getUserInfo())", "closed"),
    ] {
        let refused = page.rejection_of(&format!("return await {misuse}")).await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!(code)), "{misuse}: {refused}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
