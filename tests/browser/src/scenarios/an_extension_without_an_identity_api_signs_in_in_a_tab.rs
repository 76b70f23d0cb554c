//! The same call where the browser has no identity API, which a manifest without that permission takes away: a tab, and a page of
//! the extension that it comes back to. And who is not served: other extensions, content scripts that nobody allowed; and a
//! background that its own manifest keeps from starting.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::engines::Engine;
use crate::extension::{self, CHROMIUM_ID, address, change_manifest, kill_the_worker, open_test_page};
use crate::page::{PATIENCE, Page, wait_until};
use crate::server::Server;
use crate::steps::log_in_at_the_provider;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .with_extension(pack)
    .not_in_a_worker("the client of an extension lives in its background");

/// Of the extension whose manifest forbids WebAssembly: that of tests/browser/extension.
const OTHER_ID: &str = "lleinckbihmhljidpcmldgagnneohmgk";

fn pack(folder: &Path, server: &Server) -> Outcome {
    let main = folder.join("main");
    let redirect_uri = format!("chrome-extension://{CHROMIUM_ID}/callback.html");
    let allowed = json!({ "refreshToken": "session", "contentScripts": [server.app] });
    extension::pack(&main, server, json!({ "redirectUri": redirect_uri, "extension": allowed }))?;
    fs::write(main.join("content.js"), content_script(&server.demo))?;
    change_manifest(&main, |manifest| {
        manifest["permissions"] = json!(["storage", "alarms"]);
        manifest["web_accessible_resources"] = json!([{ "resources": ["callback.html"], "matches": ["http://localhost/*"] }]);
        manifest["content_scripts"] = json!([{ "matches": ["http://localhost/*"], "js": ["content.js"] }]);
    })?;
    let other = folder.join("other");
    extension::pack(&other, server, json!({}))?;
    let key: Value = serde_json::from_str(include_str!("../../extension/manifest.json"))?;
    change_manifest(&other, |manifest| {
        manifest["key"] = key["key"].clone();
        manifest["content_security_policy"] = json!({ "extension_pages": "script-src 'self'" });
    })
}

/// What a script in somebody else's page hears when it asks for a token and for the API.
fn content_script(api: &str) -> String {
    format!(
        "const port = chrome.runtime.connect({{ name: 'keyward:keyward' }});
         const heard = [];
         port.onMessage.addListener((message) => {{
           heard.push(message);
           document.documentElement.dataset.heard = JSON.stringify(heard);
           if (!message.hello) return;
           port.postMessage({{ id: 1, method: 'getAccessToken', values: [] }});
           port.postMessage({{ id: 2, method: 'request', values: [{{ url: '{api}/api/me', method: 'GET', headers: [] }}] }});
         }});"
    )
}

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_test_page(&page).await?;

    let tab = trial.browser.window_opened_by(page.begin("return await auth.signIn({ appState: 7 })")).await?;
    let _ = log_in_at_the_provider(trial, &tab, "Ada").await;
    let result = page.finish().await?;
    assert_eq!((&result["appState"], &result["session"]["subject"]), (&json!(7), &json!("ada")));
    one_tab_is_left(trial).await?;
    let log = trial.server.log().await?;
    assert_eq!(log.to("authorization")[0]["query"]["redirect_uri"], json!(address("callback.html")));
    assert_eq!(log.token_requests("authorization_code").len(), 1);
    assert_eq!(page.run("return await api.storage.local.get()").await?, json!({}), "with \"session\" nothing is on the disk");

    who_is_served(trial).await?;
    the_worker_is_killed_meanwhile(trial, &page).await?;
    a_closed_tab_is_said(trial, &page).await?;
    a_manifest_without_wasm_is_said(trial, &page).await
}

/// What is stored is enough: the page that the tab comes back to wakes the worker, which signs in.
async fn the_worker_is_killed_meanwhile(trial: &Trial, page: &Page) -> Outcome {
    page.run("await auth.signOut()").await?;
    let tab = trial.browser.window_opened_by(page.begin("return await auth.signIn({ prompt: 'login' })")).await?;
    tab.wait_for("return document.querySelector('#login') !== null").await?;
    kill_the_worker(page).await?;
    assert!(page.finish().await.is_err(), "its worker is gone");
    let _ = log_in_at_the_provider(trial, &tab, "Ada").await;
    one_tab_is_left(trial).await?;
    page.wait_for("return auth.state.status === 'signed_in'").await?;
    Ok(())
}

async fn a_closed_tab_is_said(trial: &Trial, page: &Page) -> Outcome {
    let tab = trial.browser.window_opened_by(page.begin("return await auth.signIn({ prompt: 'login' })")).await?;
    tab.wait_for("return document.querySelector('#login') !== null").await?;
    tab.close().await?;
    let refused = page.finish().await.err().ok_or("nobody signed in")?.to_string();
    assert!(refused.contains("\"popup_closed\""), "{refused}");
    Ok(())
}

async fn who_is_served(trial: &Trial) -> Outcome {
    let allowed = heard_at(trial, &trial.server.app, 3).await?;
    assert_eq!(allowed[0], json!({ "hello": [trial.server.demo], "news": null }), "no state is for content scripts");
    let refused = allowed.iter().find(|message| message["id"] == 1).map(ToString::to_string).unwrap_or_default();
    assert!(refused.contains("\"unsupported\"") && refused.contains("accessToken: true"), "{refused}");
    let answered = allowed.iter().any(|message| message["id"] == 2 && message["value"]["status"] == 200);
    assert!(answered, "the API's answer comes without a token: {allowed:?}");
    let foreign = heard_at(trial, &trial.server.demo, 1).await?;
    assert!(foreign[0]["refused"].to_string().contains("extension.contentScripts"), "{foreign:?}");
    Ok(())
}

/// What the content script heard in a page of that origin.
async fn heard_at(trial: &Trial, origin: &str, count: usize) -> Result<Vec<Value>, Error> {
    let tab = trial.browser.new_tab().await?;
    tab.open(&format!("{origin}/")).await?;
    let heard = tab
        .wait_for(&format!(
            "const heard = JSON.parse(document.documentElement.dataset.heard ?? '[]');
             return heard.length >= {count} && heard"
        ))
        .await?;
    tab.close().await?;
    Ok(heard.as_array().cloned().unwrap_or_default())
}

async fn a_manifest_without_wasm_is_said(trial: &Trial, page: &Page) -> Outcome {
    page.open(&format!("chrome-extension://{OTHER_ID}/test.html")).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let refused = page.rejection_of("return await window.open()").await?;
    assert_eq!(refused["code"], "wasm_blocked", "{refused}");
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("'wasm-unsafe-eval'") && text.contains("extension_pages")));
    let foreign = "return await new Promise((resolve) => chrome.runtime
        .connect(given, { name: 'keyward:keyward' }).onMessage.addListener(resolve))";
    let answer = page.run_with(foreign, json!(CHROMIUM_ID)).await?.to_string();
    assert!(answer.contains("refused") && answer.contains("own pages"), "another extension is told so: {answer}");
    assert!(trial.server.log().await?.token_requests("authorization_code").len() <= 2);
    Ok(())
}

async fn one_tab_is_left(trial: &Trial) -> Outcome {
    let closed = || async { Ok((trial.browser.window_count().await? == 1).then_some(())) };
    wait_until(PATIENCE, "the tab to close", closed).await
}
