//! A policy that forbids workers, a worker's file that is not where it should be, and config that a worker cannot work
//! with: `init` says what is wrong, and soon. Where a SharedWorker does not start, a Worker of the page's own does the work.

use serde_json::json;

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about the worker already");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/without-workers.html", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let refused = page.rejection_of(&soon("start({ isolation: 'worker' })")).await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("unsupported")), "{refused}");
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("worker-src")), "{refused}");
    // In the page itself it works all the same.
    assert_eq!(page.run("return (await start({})).state.status").await?, "signed_out");

    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let unshared = "window.sharedWorker = SharedWorker;
        window.SharedWorker = class extends EventTarget {
          port = new MessageChannel().port1;
          constructor() { super(); window.tried = true; setTimeout(() => this.dispatchEvent(new Event('error'))); }
        };
        window.auth = await keyward.createAuth(await configuration({ isolation: 'worker', namespace: 'own' }));
        return [tried, auth.state.status, await auth.getAccessToken().catch(({ code }) => code)]";
    assert_eq!(page.run(unshared).await?, json!([true, "signed_out", "login_required"]));
    let refused = page.rejection_of(&[MOVED, &soon("start({ isolation: 'worker' })")].concat()).await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("unsupported")), "{refused}");
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("worker.js")), "{refused}");

    page.reload().await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    for (config, member) in [
        (json!({ "isolation": "worker", "storage": "memory" }), "storage"),
        (json!({ "isolation": "worker", "storage": "adapter" }), "storage"),
        (json!({ "isolation": "worker", "exposeAccessToken": "no" }), "exposeAccessToken"),
        (json!({ "isolation": "page", "exposeAccessToken": false }), "exposeAccessToken"),
        (json!({ "isolation": "elsewhere" }), "isolation"),
        (json!({ "isolation": "worker", "clientSecret": "x" }), "clientSecret"),
    ] {
        let refused = page.rejection_of_with("await start(given)", config.clone()).await?;
        assert_eq!(refused["code"], "invalid_config", "{config}: {refused}");
        assert!(refused["message"].as_str().is_some_and(|message| message.starts_with(member)), "{config}: {refused}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

/// Before the time is over in which a worker must have answered that can.
fn soon(call: &str) -> String {
    format!("await Promise.race([{call}, new Promise((later) => setTimeout(later, 15_000))])")
}

/// The package without its worker.
const MOVED: &str = "
    const policy = window.trustedTypes?.createPolicy('moved', { createScriptURL: (url) => url });
    const elsewhere = (url) => policy?.createScriptURL(`${url}`.replace('worker.js', 'moved.js')) ?? new URL('moved.js', url);
    const moved = (Kind) => class extends Kind { constructor(url, options) { super(elsewhere(url), options); } };
    window.SharedWorker = moved(sharedWorker);
    window.Worker = moved(Worker);";
