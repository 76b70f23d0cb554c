//! A reload, and a new tab, continue the session from the store: the provider hears nothing of it.

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, json!({})).await?;
    let signed_in = sign_in(trial, &page, "Ada", json!({})).await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    trial.server.reset().await?;

    page.reload().await?;
    let reloaded = start(&page, json!({})).await?;
    assert_eq!(reloaded["state"], signed_in["state"]);
    assert_eq!(reloaded["redirectResult"], Value::Null);
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token);

    let second = trial.browser.new_tab().await?;
    let opened = open_app(trial, &second, json!({})).await?;
    assert_eq!(opened["state"], signed_in["state"]);
    assert_eq!(second.run("return await auth.getAccessToken()").await?, token);

    // Long enough for whatever might be sent belatedly.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    for page in [&page, &second] {
        assert_eq!(requests_to_the_provider(trial, page).await?, json!([]));
    }
    let log = trial.server.log().await?;
    assert!(log.is_empty(), "{}", log.text());
    Ok(())
}

/// The page's own account of it.
async fn requests_to_the_provider(trial: &Trial, page: &Page) -> Result<Value, Error> {
    let script = "const urls = performance.getEntriesByType('resource').map(({ name }) => name);
                  return urls.filter((url) => url.startsWith(given))";
    page.run_with(script, json!(trial.server.provider)).await
}
