//! With `openUrl` the page stays: the provider's pages open elsewhere, the response comes in by `handleRedirect` under a
//! scheme of the app's own, and `signIn` is kept with the same result; also with the client in a worker.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::{PATIENCE, wait_until};
use crate::shortcut::assert_signed_out;
use crate::steps::open_app;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// In place of a system's browser: a request whose answer nobody looks at.
const SHELL: &str = "auth.close();
    window.opened = [];
    window.auth = await keyward.init({
      ...(await configuration({ autoRefresh: false, postLogoutRedirectUri: 'com.example.app://bye' })),
      openUrl: async (url) => { opened.push(url); if (window.refuse) throw new Error('no browser'); await fetch(url, { mode: 'no-cors' }); },
    })";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let home = format!("{}/", server.app);
    open_app(trial, &page, json!({ "autoRefresh": false })).await?;
    page.run(SHELL).await?;
    server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin("return plain(await auth.signIn({ appState: { from: 'the shell' } }))").await?;
    let response = server.walk("Ada").await?;
    let handled = page.run_with("return plain(await auth.handleRedirect(given))", json!(response)).await?;
    assert_eq!(handled["error"], Value::Null, "{handled}");
    page.wait_for("return window.begun").await?;
    let signed_in = page.run("return begun.value").await?;
    assert_eq!(signed_in, handled["result"], "signIn is kept with the same result");
    assert_eq!(signed_in["appState"], json!({ "from": "the shell" }));
    assert_eq!(page.run("return location.href").await?, json!(home), "the page stays");
    page.run("return await auth.getAccessToken()").await?;

    // An address of the app's own reaches the provider letter by letter, and what it leads back to is understood.
    page.run("await auth.signOut({ mode: 'local' }); opened.length = 0").await?;
    assert_signed_out(&page, "local").await?;
    let declined = "auth.close();
        window.auth = await keyward.init({
          ...(await configuration({ autoRefresh: false, redirectUri: 'com.example.app://callback' })),
          openUrl: (url) => void opened.push(url),
        })";
    page.run(declined).await?;
    page.begin("await auth.signIn()").await?;
    page.wait_for("return opened.length === 1").await?;
    let asked = page.run("return Object.fromEntries(new URL(opened[0]).searchParams)").await?;
    assert_eq!(asked["redirect_uri"], "com.example.app://callback", "{asked}");
    let answer = "const { state } = Object.fromEntries(new URL(opened[0]).searchParams);
        const iss = encodeURIComponent(new URL(opened[0]).origin);
        return plain(await auth.handleRedirect(`com.example.app://callback?error=access_denied&state=${state}&iss=${iss}`))";
    let handled = page.run(answer).await?;
    assert_eq!(handled["error"]["code"], "access_denied", "{handled}");
    page.wait_for("return window.begun").await?;
    assert_eq!(page.run("return begun.rejection.code").await?, "access_denied");

    // What cannot be opened is said, and the next attempt works.
    page.run(SHELL).await?;
    page.run("window.refuse = true").await?;
    let refused = page.rejection_of("await auth.signIn()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("unsupported")), "{refused}");
    let gone = || async {
        let stored = page.run("return JSON.stringify(await traces())").await?;
        Ok((!stored.to_string().contains(":transaction:")).then_some(()))
    };
    wait_until(PATIENCE, "the transaction to be removed", gone).await?;
    page.run("await auth.signOut({ all: true }); auth.close()").await?;
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
