//! The example extension (www/extension) in a browser: packed for a trial's own provider, with a page from where the test talks
//! to its background.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::server::Server;
use crate::steps::log_in_at_the_provider;
use crate::trial::Trial;
use crate::{Error, Outcome};

/// Follows from the public key in the manifest.
pub(crate) const CHROMIUM_ID: &str = "ficoclojcgcbkcbcdcmdglcpljnedkbh";

/// The page of the tests' own.
const PAGE: &str = r#"import { AuthError, connect } from "./keyward/extension-page.js";

window.api = globalThis.browser ?? chrome;
window.describe = (error) => ({ isAuthError: error instanceof AuthError, code: error?.code, retryable: error?.retryable, message: String(error?.message) });
window.open = async () => {
  window.auth = await connect();
  window.events = [];
  const types = ["signedIn", "signedOut", "tokenRefreshed", "refreshFailed", "reauthRequired", "signInFailed", "storageDegraded"];
  for (const type of types) auth.on(type, (event) => events.push({ type, code: event.error?.code ?? null }));
  return auth.state;
};
document.documentElement.dataset.ready = "yes";
"#;

/// The example as `cargo xtask build` makes it, for this trial's provider, with these members of the config.
pub(crate) fn pack(folder: &Path, server: &Server, more: Value) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    copy_folder(&root.join("www/extension"), folder)?;
    copy_folder(&root.join("pkg"), &folder.join("keyward"))?;
    let mut config = json!({
        "issuer": server.provider,
        "clientId": "keyward-extension",
        "scope": "openid profile email offline_access",
        "allowedOrigins": [server.demo],
        "extension": { "refreshToken": "local" },
    });
    if let (Some(config), Value::Object(more)) = (config.as_object_mut(), more) {
        config.extend(more);
    }
    let api = format!("{}/api/me", server.demo);
    fs::write(
        folder.join("config.js"),
        format!("export const config = {config};\nexport const API = {};\n", json!(api)),
    )?;
    fs::write(folder.join("test.js"), PAGE)?;
    fs::write(folder.join("test.html"), "<!doctype html><title>test</title><script type=module src=test.js></script>")?;
    Ok(())
}

/// Changes the manifest that was packed.
pub(crate) fn change_manifest(folder: &Path, change: impl FnOnce(&mut Value)) -> Outcome {
    let file = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
    change(&mut manifest);
    Ok(fs::write(&file, manifest.to_string())?)
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), &target)?),
        }
    }
    Ok(())
}

/// Where a page of the extension is.
pub(crate) fn address(page: &str) -> String {
    format!("chrome-extension://{CHROMIUM_ID}/{page}")
}

/// Opens the tests' own page, connected: the state that the background told.
pub(crate) async fn open_test_page(page: &Page) -> Result<Value, Error> {
    page.open(&address("test.html")).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run("return await window.open()").await
}

/// What begins with `begin` opens the browser's window at the provider: signs in there.
pub(crate) async fn sign_in_in_the_window(trial: &Trial, name: &str, begin: impl Future<Output = Outcome>) -> Outcome {
    let window = trial.browser.window_opened_by(begin).await?;
    // The window closes under the driver's click.
    let _ = log_in_at_the_provider(trial, &window, name).await;
    let closed = || async { Ok((trial.browser.window_count().await? == 1).then_some(())) };
    wait_until(PATIENCE, "the window to close", closed).await
}

/// Signs in with the tests' own page, and returns what its call came to.
pub(crate) async fn sign_in(trial: &Trial, page: &Page, name: &str) -> Result<Value, Error> {
    sign_in_in_the_window(
        trial,
        name,
        page.begin("return await auth.signIn({ appState: { half: 0.5 }, prompt: 'login' })"),
    )
    .await?;
    page.finish().await
}

/// Ends the service worker, as the browser does at any time. Whoever waits for it may start another one at once, so its end is
/// known by a port of its own.
pub(crate) async fn kill_the_worker(page: &Page) -> Outcome {
    let watch = "window.ended = false;
        api.runtime.connect({ name: 'a watch' }).onDisconnect.addListener(() => (window.ended = true))";
    page.run(watch).await?;
    page.devtools("ServiceWorker.enable", json!({})).await?;
    page.devtools("ServiceWorker.stopAllWorkers", json!({})).await?;
    page.wait_for("return window.ended").await.map(drop)
}

/// The browser rings the alarm of the background now, and not when it was set for.
pub(crate) async fn ring_the_alarm(page: &Page) -> Outcome {
    page.run("await api.alarms.create('keyward:keyward', { when: Date.now() + 50 })").await.map(drop)
}

/// The names and texts in both storage areas.
pub(crate) async fn stored(page: &Page) -> Result<Value, Error> {
    page.run("return { local: await api.storage.local.get(), session: await api.storage.session.get() }").await
}
