//! A bundler that leaves the WebAssembly module behind (esbuild), and a server that has a page for every address: the error
//! names the address and the line that mends it, and with that line the app works.

use serde_json::{Value, json};

use crate::page::Page;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let origin = trial.server.start_framework("left-behind").await?;
    let cases = [
        ("", json!(["network", false]), &["/wasm/keyward_bg.wasm", "404", "esbuild", "wasm: { source", "keyward/inline"][..]),
        ("?source=/index.html", json!(["network", false]), &["/index.html", "HTML", "optimizeDeps: { exclude: [\"keyward\"] }"]),
        ("?source=/pkg/wasm/keyward_bg.wasm", json!(["login_required", false]), &[]),
    ];
    for (address, expected, mentions) in cases {
        page.open(&format!("{origin}/{address}")).await?;
        let error = told(&page).await?;
        assert_eq!(json!([error["code"], error["retryable"]]), expected, "{error}");
        let message = error["message"].as_str().unwrap_or_default();
        for mention in mentions {
            assert!(message.contains(mention), "{message} does not say {mention}");
        }
        assert_eq!(page.run("return problems").await?, json!([]));
    }
    assert!(trial.server.log().await?.is_empty());
    Ok(())
}

async fn told(page: &Page) -> Result<Value, Error> {
    let text = page.wait_for("return document.querySelector('#root').textContent").await?;
    Ok(serde_json::from_str(text.as_str().unwrap_or_default())?)
}
