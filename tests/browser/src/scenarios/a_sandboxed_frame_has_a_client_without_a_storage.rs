//! A frame with `sandbox` and without `allow-same-origin` has no storage at all: the client starts and says so once, every
//! getter answers, what needs a storage is refused by name; what needs none lives in the memory of the frame (A3, F6).

use serde_json::{Value, json};

use crate::engines::Engine;
use crate::page::Page;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

/// WebKitGTK loads no script in such a frame under a policy that says 'self'.
pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium, Engine::Firefox])
    .not_in_a_worker("such a frame can start no worker");

const OPEN: &str = "window.frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.src = '/sandboxed.html';
    const loaded = new Promise((resolve) => addEventListener('message', ({ source }) =>
      source === frame.contentWindow && resolve(), { once: true }));
    document.body.append(frame);
    await loaded";

/// Tells the frame what to do, and waits for what it says.
const ASK: &str = "const answer = new Promise((resolve) => addEventListener('message', ({ data, source }) =>
      source === frame.contentWindow && resolve(data), { once: true }));
    frame.contentWindow.postMessage(given, '*');
    return await answer";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    page.open(&format!("{}/", server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run(OPEN).await?;

    let blocked = ask(&page, "blocked", Value::Null).await?;
    assert_eq!(blocked, json!({ "localStorage": true, "sessionStorage": true, "indexedDB": true }));

    let config = page.run("return await configuration({})").await?;
    for storage in ["local", "session", "encrypted", "memory"] {
        let mut config = config.clone();
        (config["storage"], config["namespace"], config["autoRefresh"]) = (json!(storage), json!(storage), json!(false));
        let seen = ask(&page, "start", config).await?;
        let nobody = json!({ "status": "signed_out", "session": null, "sessions": [] });
        assert_eq!((&seen["state"], &seen["redirectResult"]), (&nobody, &Value::Null), "{storage}: {seen}");
        assert_eq!(seen["codes"], json!({ "getAccessToken": "login_required", "signIn": "storage", "signOut": null }));
        let degraded = seen["events"].as_array().into_iter().flatten().filter(|name| *name == "storageDegraded").count();
        assert_eq!(degraded, usize::from(storage != "memory"), "{storage}: {seen}");
        assert_eq!(seen["after"], nobody, "{storage}: {seen}");
        assert_eq!(seen["problems"], json!([]), "{storage}: {seen}");
    }
    assert!(server.log().await?.to("authorization").is_empty(), "nobody is sent away who could not come back");

    let mut config = config.clone();
    (config["storage"], config["autoRefresh"]) = (json!("memory"), json!(false));
    config["redirectUri"] = json!(format!("{}/", server.app));
    server.fail("authorization", json!({ "status": 204 })).await?;
    ask(&page, "begin", config).await?;
    let response = server.walk("Ada").await?;
    let seen = ask(&page, "finish", json!(response)).await?;
    assert_eq!((&seen["error"], &seen["subject"]), (&Value::Null, &json!("ada")), "{seen}");
    assert_eq!((&seen["same"], &seen["renewed"]), (&json!(true), &json!(true)), "{seen}");
    assert_eq!((&seen["after"], &seen["problems"]), (&json!("signed_out"), &json!([])), "{seen}");
    let log = server.log().await?;
    assert_eq!((log.to("token").len(), log.refreshes().len()), (2, 1), "{}", log.text());
    assert!(!log.to("revocation").is_empty(), "{}", log.text());
    let left = page.run("const { local, session, databases } = await traces(); return [local, session, databases]").await?;
    assert_eq!(left, json!([{}, {}, []]), "the page around it has nothing of that");
    Ok(())
}

async fn ask(page: &Page, step: &str, given: Value) -> Result<Value, Error> {
    page.run_with(ASK, json!({ "step": step, "given": given })).await
}
