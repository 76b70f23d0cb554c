//! Where the page's policy forbids WebAssembly, the error names the source that the policy lacks.

use serde_json::json;

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("the page needs no module then");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/without-wasm.html", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;

    // Twice: the second attempt must not hang on the first one's failure.
    for _ in 0..2 {
        let refused = page.rejection_of("return await start()").await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("wasm_blocked")), "{refused}");
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains("'wasm-unsafe-eval'") && message.contains("script-src"), "{message}");
    }
    let refused = page.rejection_of("return await keyward.getAccessToken()").await?;
    assert_eq!(refused["isAuthError"], true, "{refused}");
    assert_eq!(page.run("return problems").await?, json!([]));
    assert!(trial.server.log().await?.is_empty());
    Ok(())
}
