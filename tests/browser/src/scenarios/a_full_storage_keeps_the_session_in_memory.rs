//! The storage is full: refreshes go on, their tokens live in memory, it is said once; a sign-in by redirect, which could
//! not be finished, is refused by name. As soon as there is room again, everything is written (F6, E8).

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it makes the page's storage refuse, and the worker's is another");

/// Every writing fails as it does over a quota; removing works. (No driver sets a quota that small writings meet at once.)
const FILL: &str = "window.room = [IDBObjectStore.prototype.put, Storage.prototype.setItem];
    const full = () => { throw new DOMException('full', 'QuotaExceededError') };
    IDBObjectStore.prototype.put = full;
    Storage.prototype.setItem = full";
const EMPTY: &str = "[IDBObjectStore.prototype.put, Storage.prototype.setItem] = room";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;
    let first = page.run("return await auth.getAccessToken()").await?;
    server.reset().await?;

    page.run(FILL).await?;
    let second = refresh(&page).await?;
    assert_ne!(second, first);
    assert_eq!(page.run("return await auth.getAccessToken()").await?, second, "it lives in memory");
    assert_eq!(told(&page).await?, json!(["storageDegraded", "tokenRefreshed"]));
    let error = page.run("return events.find(({ type }) => type === 'storageDegraded').event.error").await?;
    assert_eq!((&error["isAuthError"], &error["code"]), (&json!(true), &json!("storage")), "{error}");
    let third = refresh(&page).await?;
    assert_eq!(told(&page).await?, json!(["storageDegraded", "tokenRefreshed", "tokenRefreshed"]), "said once");
    assert_eq!(page.run("return auth.state.session.subject").await?, "ada");
    let refused = page.rejection_of("return await auth.signIn()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("storage")), "{refused}");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, third, "a sign-in that cannot begin ends nothing");

    page.run(EMPTY).await?;
    let fourth = refresh(&page).await?;
    page.reload().await?;
    let started = start(&page, quiet()).await?;
    assert_eq!(started["state"]["session"]["subject"], "ada", "{started}");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, fourth, "it was written");
    let log = server.log().await?;
    assert_eq!(log.refreshes().len(), 3, "{}", log.text());
    assert!(log.refreshes().iter().all(|request| request["status"] == 200), "{}", log.text());
    assert!(log.to("authorization").is_empty(), "{}", log.text());
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

async fn refresh(page: &Page) -> Result<Value, Error> {
    page.run("return await auth.getAccessToken({ forceRefresh: true })").await
}

/// What happened but for the sign-in that could not begin, in no order.
async fn told(page: &Page) -> Result<Value, Error> {
    page.run("return events.map(({ type }) => type).sort()").await
}
