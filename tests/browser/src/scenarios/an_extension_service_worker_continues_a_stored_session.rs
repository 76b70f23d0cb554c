//! A Manifest V3 service worker imports the package and continues a session from its own storage area.

use std::path::Path;

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::extension::copy_folder;
use crate::server::Server;
use crate::shortcut::foreign_states_answered_by_the_page;
use crate::steps::{call_api, open_app, sign_in};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .with_extension(pack)
    .not_in_a_worker("an extension runs in a service worker, which can start no other");

/// Follows from the public key in the manifest.
const EXTENSION_ID: &str = "lleinckbihmhljidpcmldgagnneohmgk";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let config = json!({ "storage": "adapter", "autoRefresh": false });
    open_app(trial, &page, config.clone()).await?;
    sign_in(trial, &page, "Ada", config).await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    foreign_states_answered_by_the_page(trial, &page).await?;
    let seed = page
        .run("const config = await configuration({ redirectUri: location.origin + '/' });
              return { config, entries: adapterEntries(), foreign: window.foreign }")
        .await?;
    page.run("auth.close()").await?;
    trial.server.reset().await?;

    let inside = trial.browser.new_tab().await?;
    inside.open(&format!("chrome-extension://{EXTENSION_ID}/page.html")).await?;
    let answer = inside.run_with("return await chrome.runtime.sendMessage(given)", seed).await?;
    assert_eq!(answer.get("error"), None, "{answer}");
    assert_eq!((&answer["status"], &answer["subject"]), (&json!("signed_in"), &json!("ada")));
    assert_eq!(answer["stored"], token);
    assert_eq!(answer["answers"], json!(["invalid_state", null]), "as in the page");
    assert_ne!(answer["refreshed"], token);
    assert_eq!(call_api(&page, &answer["refreshed"]).await?["body"]["subject"], "ada");

    let log = trial.server.log().await?;
    assert_eq!(log.refreshes().len(), 1, "{}", log.text());
    assert_eq!(log.refreshes()[0]["origin"], json!(format!("chrome-extension://{EXTENSION_ID}")));
    Ok(())
}

/// The extension as an author would ship it: its own files and the whole package.
fn pack(folder: &Path, _server: &Server) -> Outcome {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy_folder(&crate_folder.join("extension"), folder)?;
    copy_folder(&crate_folder.join("../../pkg"), &folder.join("pkg"))
}
