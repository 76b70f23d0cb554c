//! A page that the browser renders before anybody asks for it touches neither URL nor storage nor network until it is
//! shown; then the session is there, unless it has been signed out of meanwhile (I4, G3).

use serde_json::{Value, json};

use crate::engines::Engine;
use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{open_another, open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

/// The others render no page beforehand.
pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).only_in(&[Engine::Chromium]);

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    let other = open_another(trial, quiet()).await?;
    other.run("localStorage.setItem('starts-by-itself', JSON.stringify({ autoRefresh: false }))").await?;
    server.reset().await?;

    prerender(trial, &page, "/prerendered.html?one").await?;
    let (page, shown) = activate(trial, &page, "/prerendered.html?one").await?;
    assert_eq!((&shown["status"], &shown["subject"]), (&json!("signed_in"), &json!("ada")), "{shown}");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token);
    assert!(server.log().await?.is_empty(), "{}", server.log().await?.text());

    // Signed out while the page waits: it never shows the session.
    prerender(trial, &page, "/prerendered.html?two").await?;
    other.run("await auth.signOut({ mode: 'local' })").await?;
    let (page, shown) = activate(trial, &page, "/prerendered.html?two").await?;
    assert_eq!((&shown["status"], &shown["subject"]), (&json!("signed_out"), &Value::Null), "{shown}");

    // The way back from the provider: the code is redeemed when somebody sees the page, and once.
    server.fail("authorization", json!({ "status": 204 })).await?;
    other.begin("await auth.signIn()").await?;
    let response = server.walk("Grace").await?;
    let path = response.replacen(&server.app, "", 1);
    server.reset().await?;
    page.open(&format!("{}/speculative.html", server.app)).await?;
    let link = "document.body.append(Object.assign(document.createElement('a'), { href: given, className: 'soon', textContent: 'soon' }))";
    page.run_with(link, json!(path)).await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(server.log().await?.to("token").is_empty(), "{}", server.log().await?.text());
    page.begin(&format!("location.href = {}", json!(path))).await?;
    let page = the_tab_at(trial, "return Boolean(window.auth?.redirectResult?.result) && !document.prerendering").await?;
    let arrived = page.run("return [auth.redirectResult.result.session.subject, location.pathname + location.search]").await?;
    assert_eq!(arrived, json!(["grace", "/"]));
    assert_eq!(server.log().await?.to("token").len(), 1, "{}", server.log().await?.text());
    Ok(())
}

/// From a page with a link to it, and until it has been rendered.
async fn prerender(trial: &Trial, page: &Page, path: &str) -> Outcome {
    page.open(&format!("{}/speculative.html", trial.server.app)).await?;
    let link = "localStorage.removeItem('prerendered');
        document.body.append(Object.assign(document.createElement('a'), { href: given, className: 'soon', textContent: 'soon' }))";
    page.run_with(link, json!(path)).await?;
    page.wait_for("return localStorage.getItem('prerendered')").await.map(drop)
}

/// Goes there; what the page was and touched before, and what it shows now.
async fn activate(trial: &Trial, page: &Page, path: &str) -> Result<(Page, Value), Error> {
    page.begin(&format!("location.href = {}", json!(path))).await?;
    let there = format!("return location.pathname + location.search === {} && Boolean(window.auth?.state)", json!(path));
    let page = the_tab_at(trial, &there).await?;
    let script = "const { activationStart } = performance.getEntriesByType('navigation')[0];
        return { wasPrerendering, activated: activationStart > 0, touched, problems,
                 status: auth.state.status, subject: auth.state.session?.subject ?? null }";
    let shown = page.run(script).await?;
    assert_eq!((&shown["wasPrerendering"], &shown["activated"]), (&json!(true), &json!(true)), "{shown}");
    assert_eq!((&shown["touched"], &shown["problems"]), (&json!([]), &json!([])), "{shown}");
    Ok((page, shown))
}

/// A page that takes the place of another is another window to the driver.
async fn the_tab_at(trial: &Trial, condition: &str) -> Result<Page, Error> {
    let find = || async {
        for tab in trial.browser.tabs().await? {
            if tab.run(condition).await.is_ok_and(|holds| holds == json!(true)) {
                return Ok(Some(tab));
            }
        }
        Ok(None)
    };
    wait_until(PATIENCE, "the page is shown", find).await
}
