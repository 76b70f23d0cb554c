//! Two instances on one page, each with a client id and a namespace of its own: side by side, and what one does the other
//! neither hears nor finds in its records (F3).

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, quiet};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it tells of two modules' clients in one page; in a worker each page has one of its own");

const SECOND: &str = "window.heard = [];
    const config = await configuration({ autoRefresh: false, namespace: 'second', clientId: 'keyward-rust',
      redirectUri: location.origin + '/callback.html' });
    window.second = await keyward.createAuth(config);
    for (const type of given) second.on(type, () => heard.push(type))";

const EVENTS: [&str; 4] = ["signedIn", "signedOut", "tokenRefreshed", "storageDegraded"];

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    page.run_with(SECOND, json!(EVENTS)).await?;
    assert_eq!(page.run("return second === auth || second === await keyward.init(await configuration({ autoRefresh: false }))").await?, false);

    sign_in(trial, &page, "auth", "Ada").await?;
    let ada = records(&page, "keyward").await?;
    sign_in(trial, &page, "second", "Grace").await?;
    assert_eq!(page.run("return [auth.state.session.subject, second.state.session.subject]").await?, json!(["ada", "grace"]));
    assert_eq!(records(&page, "keyward").await?, ada, "the other signed in");

    let own = page.run("return await auth.getAccessToken()").await?;
    let theirs = page.run("return await second.getAccessToken({ forceRefresh: true })").await?;
    assert_ne!(own, theirs);
    assert_eq!(page.run("return await auth.getAccessToken()").await?, own);
    assert_eq!(records(&page, "keyward").await?, ada, "the other refreshed");

    // The functions of the package are the default instance's.
    let grace = records(&page, "second").await?;
    page.run("await keyward.signOut({ all: true, mode: 'local' })").await?;
    assert_eq!(page.run("return [auth.state.status, second.state.status]").await?, json!(["signed_out", "signed_in"]));
    assert_eq!(records(&page, "second").await?, grace, "byte by byte");
    assert_eq!(records(&page, "keyward").await?, json!([]), "nothing is left of the one");
    assert_eq!(page.run("return await second.getAccessToken()").await?, theirs);
    assert_eq!(page.run("return heard").await?, json!(["signedIn", "tokenRefreshed"]));
    assert_eq!(page.run("return events.map(({ type }) => type)").await?, json!(["signedIn", "signedOut"]));

    page.run("auth.close(); await second.getAccessToken(); await second.signOut({ all: true, mode: 'local' })").await?;
    assert_eq!(records(&page, "second").await?, json!([]));
    let log = trial.server.log().await?;
    let clients = |requests: Vec<&Value>| requests.iter().map(|it| it["form"]["client_id"].clone()).collect::<Vec<_>>();
    assert_eq!(clients(log.refreshes()), ["keyward-rust"], "{}", log.text());
    let revoked = ["keyward-demo", "keyward-demo", "keyward-rust", "keyward-rust"];
    assert_eq!(clients(log.to("revocation")), revoked, "{}", log.text());
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

/// By hand, so that the page stays.
async fn sign_in(trial: &Trial, page: &Page, instance: &str, name: &str) -> Outcome {
    trial.server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin(&format!("await {instance}.signIn()")).await?;
    let response = trial.server.walk(name).await?;
    let result = page.run_with(&format!("return plain(await {instance}.handleRedirect(given))"), json!(response)).await?;
    assert_eq!(result["error"], Value::Null, "{result}");
    Ok(())
}

/// Everything that lies in a namespace.
async fn records(page: &Page, namespace: &str) -> Result<Value, Error> {
    let script = "const { local, databases } = await traces();
        const viewed = Object.entries(local).filter(([name]) => name.startsWith(given + ':')).sort();
        return [...databases.filter(([name]) => name === given), ...viewed]";
    page.run_with(script, json!(namespace)).await
}
