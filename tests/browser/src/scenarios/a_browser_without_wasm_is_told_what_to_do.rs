//! Without WebAssembly, as in Lockdown Mode, every call is refused with an error that names it and says what can be
//! done; nothing is asked of anybody (J1).

use serde_json::json;

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it asks for a worker itself");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/without-webassembly.html", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready && window.lockdown && true").await?;
    assert_eq!(page.run("return typeof window.WebAssembly").await?, "undefined");

    let in_a_worker = "return await lockdown.init(await configuration({ isolation: 'worker' }))";
    // Twice: the second attempt must not hang on the first one's failure.
    for call in ["return await start()", "return await start()", in_a_worker] {
        let refused = page.rejection_of(call).await?;
        // Of a class of its own: the package in the worker's story is another copy.
        let told = (&refused["name"], &refused["code"], &refused["retryable"]);
        assert_eq!(told, (&json!("AuthError"), &json!("unsupported"), &json!(false)), "{call}: {refused}");
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains("WebAssembly") && message.contains("Lockdown Mode"), "{call}: {message}");
    }
    let refused = page.rejection_of("return await keyward.createAuth(await configuration({}))").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("unsupported")), "{refused}");
    let refused = page.rejection_of("return await keyward.getAccessToken()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("not_initialized")), "{refused}");
    assert_eq!(page.run("return problems").await?, json!([]));
    assert!(trial.server.log().await?.is_empty());
    Ok(())
}
