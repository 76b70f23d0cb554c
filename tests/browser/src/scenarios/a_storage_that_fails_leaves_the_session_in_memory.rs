//! Blocked, full or cleared storage: sessions go on in memory, `storageDegraded` says so once, nothing throws, and what
//! was cleared is a sign-out that every tab notices (F6). What happens during `init` is told after it (F8).

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::shortcut::{assert_signed_out, sign_in_here};
use crate::steps::{log_in_at_the_provider, open_app, quiet, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// As in a sandboxed frame: looking at a storage throws.
const BLOCK: &str = "for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, { configurable: true, get() { throw new DOMException('', 'SecurityError') } });
}";
/// As when nothing fits any more.
const FILL: &str = "window.full = true;
    for (const [prototype, method] of [[Storage.prototype, 'setItem'], [IDBObjectStore.prototype, 'put']]) {
      const original = prototype[method];
      prototype[method] = function (...values) {
        if (window.full) throw new DOMException('', 'QuotaExceededError');
        return original.apply(this, values);
      };
    }";
const DEGRADED: &str = "return events.filter(({ type }) => type === 'storageDegraded').length";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    for storage in ["local", "session", "encrypted", "throws", "rejects"] {
        open_blank(trial, &page).await?;
        page.run(BLOCK).await?;
        let mut config = quiet();
        config["storage"] = json!(storage);
        let started = start(&page, config).await?;
        assert_eq!(started["state"]["status"], "signed_out", "{storage}: {started}");
        page.wait_for(&format!("{DEGRADED} > 0")).await?;
        assert_signed_out(&page, storage).await?;
        let refused = page.rejection_of("return await auth.signIn()").await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("storage")), "{storage}: {refused}");
        page.run("await auth.signOut({ all: true, mode: 'local' })").await?;
        assert_eq!(page.run(DEGRADED).await?, 1, "{storage}: told once");
        assert_eq!(page.run("return problems").await?, json!([]), "{storage}");
    }

    for storage in ["local", "session", "encrypted"] {
        let mut config = quiet();
        config["storage"] = json!(storage);
        open_blank(trial, &page).await?;
        start(&page, config.clone()).await?;
        sign_in_here(trial, &page, "Ada").await?;
        page.run("events.length = 0").await?;
        page.run(FILL).await?;
        let token = page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
        assert_eq!(page.run("return await auth.getAccessToken()").await?, token, "{storage}: it lives on in memory");
        assert_eq!(page.run(DEGRADED).await?, 1, "{storage}");
        // There is room again: the next refresh is stored.
        page.run("window.full = false").await?;
        let token = page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
        page.reload().await?;
        start(&page, config).await?;
        assert_eq!(page.run("return await auth.getAccessToken()").await?, token, "{storage}: stored again");
        page.run("await auth.signOut({ all: true, mode: 'local' })").await?;
        trial.server.reset().await?;
    }

    // Somebody deletes the database under two open tabs, one of which did it.
    let second = trial.browser.new_tab().await?;
    for storage in ["local", "encrypted"] {
        // A client with another storage would take what it cannot read for damage.
        second.open(&format!("{}/blank.html", trial.server.app)).await?;
        let mut config = quiet();
        config["storage"] = json!(storage);
        open_app(trial, &page, config.clone()).await?;
        sign_in_here(trial, &page, "Ada").await?;
        open_app(trial, &second, config).await?;
        assert_eq!(second.run("return auth.state.status").await?, "signed_in", "{storage}");
        second.run("await auth.getAccessToken(); events.length = 0; await deleteDatabase()").await?;
        for tab in [&page, &second] {
            tab.wait_for("return auth.state.status === 'signed_out'").await?;
            tab.wait_for("return events.some(({ type }) => type === 'signedOut')").await?;
            let told = tab.run("return events.filter(({ type }) => type === 'signedOut').map(({ event }) => event.reason)").await?;
            // A tab may hear of the other one's emptied mirror first.
            let either = [json!(["storage_cleared"]), json!(["other_context"])];
            assert!(either.contains(&told), "{storage}: told once: {told}");
            assert_signed_out(tab, storage).await?;
        }
        sign_in_here(trial, &page, "Ada").await?;
        second.wait_for("return auth.state.status === 'signed_in'").await?;
        page.run("await auth.signOut({ all: true, mode: 'local' })").await?;
        trial.server.reset().await?;
    }

    // A sign-in is finished in `init`, before anybody can listen.
    open_app(trial, &page, quiet()).await?;
    page.begin("await auth.signIn({ prompt: 'none' })").await?;
    page.wait_for("return location.search.includes('error=')").await?;
    start(&page, quiet()).await?;
    page.wait_for("return events.length > 0").await?;
    let told = "return events.map(({ type, event }) => [type, event.error?.code ?? event.origin])";
    assert_eq!(page.run(told).await?, json!([["signInFailed", "login_required"]]));
    page.begin("await auth.signIn()").await?;
    log_in_at_the_provider(trial, &page, "Ada").await?;
    page.wait_for_url(&trial.server.app).await?;
    start(&page, quiet()).await?;
    page.wait_for("return events.length > 0").await?;
    assert_eq!(page.run(told).await?, json!([["signedIn", "local"]]));

    assert_ne!(page.run("return auth.state.session").await?, Value::Null);
    Ok(())
}

async fn open_blank(trial: &Trial, page: &Page) -> Outcome {
    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    Ok(())
}
