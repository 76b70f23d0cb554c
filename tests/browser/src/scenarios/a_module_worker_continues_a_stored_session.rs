//! Imported in a module worker, the package throws nothing; over a StorageAdapter it continues the page's session.

use serde_json::json;

use crate::Outcome;
use crate::shortcut::foreign_states_answered_by_the_page;
use crate::steps::{call_api, open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about a client that the app itself has put into a worker");

const ASK_THE_WORKER: &str = "
    const { storage, ...config } = await configuration({ redirectUri: location.origin + '/' });
    // Trusted Types refuse a plain string here.
    const policy = window.trustedTypes?.createPolicy('tests', { createScriptURL: (url) => url });
    const worker = new Worker(policy ? policy.createScriptURL(given) : given, { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error('the worker failed: ' + event.message));
      worker.postMessage({ config, entries: adapterEntries(), foreign: window.foreign });
    })";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let config = json!({ "storage": "adapter", "autoRefresh": false });
    open_app(trial, &page, config.clone()).await?;
    sign_in(trial, &page, "Ada", config).await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    foreign_states_answered_by_the_page(trial, &page).await?;
    page.run("auth.close()").await?;
    trial.server.reset().await?;

    let answer = page.run_with(ASK_THE_WORKER, json!("/worker.js")).await?;
    assert_eq!(answer.get("error"), None, "{answer}");
    assert_eq!((&answer["status"], &answer["subject"]), (&json!("signed_in"), &json!("ada")));
    assert_eq!(answer["stored"], token);
    assert_eq!(answer["answers"], json!(["invalid_state", null]), "as in the page");
    assert_ne!(answer["refreshed"], token);
    assert_eq!(call_api(&page, &answer["refreshed"]).await?["body"]["subject"], "ada");
    let log = trial.server.log().await?;
    assert_eq!(log.refreshes().len(), 1, "{}", log.text());
    Ok(())
}
