//! Somebody signs out while another tab refreshes: the late answer revives nothing, and its tokens are revoked.

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{
    ASK, a_token_request_is_held, let_the_token_expire, open_another, open_app, quiet, sign_in, start,
    tabs_wait_for_a_lock,
};
use crate::trial::{Scenario, Trial};
use crate::Outcome;

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, quiet()).await?;
    sign_in(trial, &one, "Ada", quiet()).await?;
    let two = open_another(trial, quiet()).await?;
    let three = open_another(trial, quiet()).await?;
    server.reset().await?;

    let_the_token_expire(&[&one, &two, &three]).await?;
    server.fail("token", json!({ "hold": "answer" })).await?;
    one.begin(ASK).await?;
    a_token_request_is_held(trial, 1).await?;
    three.begin(ASK).await?;
    tabs_wait_for_a_lock(&three, 1).await?;
    for page in [&one, &two, &three] {
        page.run("events.length = 0").await?;
    }

    // Here the user is signed out at once, whatever is under way elsewhere.
    two.run("await auth.signOut({ mode: 'local' })").await?;
    assert_eq!(two.run("return auth.state.status").await?, "signed_out");
    for page in [&one, &three] {
        page.wait_for("return auth.state.status === 'signed_out'").await?;
    }
    server.release().await?;
    for page in [&one, &three] {
        let result = page.finish().await?;
        assert_eq!(result["rejection"]["code"], "login_required", "{result}");
    }

    // The refresh token that came too late is the one that is revoked, beside the one that was stored.
    let late = server.log().await?.to("token")[0]["issued"]["refresh_token"].clone();
    assert!(late.is_string());
    let revoked = || async {
        let log = server.log().await?;
        let is_late = |request: &&Value| request["form"]["token"] == late && request["status"] == 200;
        Ok(log.to("revocation").into_iter().find(is_late).map(drop))
    };
    wait_until(PATIENCE, "the late refresh token's revocation", revoked).await?;

    assert_signed_out_everywhere(trial, &[&one, &two, &three]).await?;
    // The metadata and the keys may stay; of the session nothing does.
    let stored = one.run("return JSON.stringify(await dumpStores())").await?.to_string();
    assert!(!stored.contains(":session:") && !stored.contains("refresh\\"), "{stored}");
    for page in [&one, &two, &three] {
        page.reload().await?;
        start(page, quiet()).await?;
    }
    assert_signed_out_everywhere(trial, &[&one, &two, &three]).await
}

async fn assert_signed_out_everywhere(trial: &Trial, pages: &[&Page]) -> Outcome {
    for page in pages {
        let state = page.run("return plain(auth.state)").await?;
        assert_eq!(state, json!({ "status": "signed_out", "session": null, "sessions": [] }));
        let refused = page.rejection_of("return await auth.getAccessToken()").await?;
        assert_eq!(refused["code"], "login_required");
        let told = page.run("return events.map(({ type }) => type).filter((type) => type !== 'signedOut')").await?;
        assert_eq!((told, page.run("return problems").await?), (json!([]), json!([])));
        assert!(page.run("return events.length").await?.as_u64() <= Some(1));
    }
    let log = trial.server.log().await?;
    assert_eq!(log.to("token").len(), 1, "{}", log.text());
    Ok(())
}
