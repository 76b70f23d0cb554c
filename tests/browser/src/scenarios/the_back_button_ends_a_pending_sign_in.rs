//! Back from the provider by the back button: the browser may have kept the page, whose sign-in would be pending for ever.
//! It rejects, its transaction is gone, and another one works. From whatever route it begins, the provider is asked for one
//! address, and the user is back at the route (A9a, A6).

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{log_in_at_the_provider, open_app, quiet, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const LEFT: &str = "const { databases, session } = await traces();
    const all = JSON.stringify([databases, session, Object.entries(sessionStorage)]);
    return all.includes(':transaction:') || all.includes(':leaving')";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;

    // The browser says that the page was kept. What goes nowhere here is the navigation.
    server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin("await auth.signIn()").await?;
    asked(trial, 1).await?;
    page.run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))").await?;
    assert_eq!(page.run("return window.begun").await?, Value::Null, "the page was loaded just now");
    page.run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))").await?;
    assert_aborted(&page).await?;

    // The person does it.
    page.run("history.pushState(null, '', '/private/7?x=%20#y')").await?;
    page.run("window.isTheSame = true").await?;
    page.begin("await auth.signIn()").await?;
    page.wait_for_url(&format!("{}/login/", server.provider)).await?;
    page.back().await?;
    page.wait_for_url(&server.app).await?;
    if page.run("return window.isTheSame ?? false").await? == true {
        assert_aborted(&page).await?;
    } else {
        // The browser loads the route anew, which this server does not have.
        open_app(trial, &page, quiet()).await?;
        page.run("history.pushState(null, '', '/private/7?x=%20#y')").await?;
    }

    page.begin("await auth.signIn()").await?;
    log_in_at_the_provider(trial, &page, "Ada").await?;
    page.wait_for_url(&format!("{}/?", server.app)).await?;
    let back = start(&page, quiet()).await?;
    assert_eq!(back["redirectResult"]["result"]["session"]["subject"], "ada", "{back}");
    assert_eq!(back["url"], json!(format!("{}/private/7?x=%20#y", server.app)), "{back}");
    let log = server.log().await?;
    for request in log.to("authorization").iter().filter(|request| request["query"].get("state").is_some()) {
        assert_eq!(request["query"]["redirect_uri"], json!(format!("{}/", server.app)), "{}", log.text());
    }
    assert_eq!(log.to("token").len(), 1, "{}", log.text());

    // A document that says what its addresses are based on says it here, too.
    page.run("auth.close()").await?;
    page.open(&format!("{}/based.html", server.app)).await?;
    start(&page, quiet()).await?;
    for (base, redirect_uri) in [("/base/", "/base/"), ("/base/?q#f", "/base/"), ("", "/"), ("data:,x", "/")] {
        server.reset().await?;
        server.fail("authorization", json!({ "status": 204 })).await?;
        page.run_with("document.querySelector('base').setAttribute('href', given)", json!(base)).await?;
        page.begin("await auth.signIn()").await?;
        asked(trial, 1).await?;
        let asked_for = server.log().await?.to("authorization")[0]["query"]["redirect_uri"].clone();
        // A worker is told when it begins.
        let expected = if trial.isolated { "/base/" } else { redirect_uri };
        assert_eq!(asked_for, json!(format!("{}{expected}", server.app)), "{base:?}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

async fn asked(trial: &Trial, times: usize) -> Outcome {
    let asked = || async { Ok((trial.server.log().await?.to("authorization").len() >= times).then_some(())) };
    wait_until(PATIENCE, "the authorization request", asked).await
}

async fn assert_aborted(page: &Page) -> Result<(), Error> {
    let rejection = page.wait_for("return window.begun").await?["rejection"].clone();
    assert_eq!((&rejection["isAuthError"], &rejection["code"]), (&json!(true), &json!("aborted")), "{rejection}");
    assert_eq!(page.run(LEFT).await?, false, "the transaction stays");
    assert_eq!(page.run("return events.length").await?, 0);
    Ok(())
}
