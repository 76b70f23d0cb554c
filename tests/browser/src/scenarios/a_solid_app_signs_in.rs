//! `keyward/solid` in Solid: signals that follow every tab, and a guard that leads back to where the user was; the module
//! is inside the app (`keyward/inline`).

use crate::Outcome;
use crate::framework_app::tell;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    tell(trial, "solid").await?;
    let fetched = "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.wasm')).length";
    assert_eq!(trial.browser.first_tab().run(fetched).await?, 0, "the module is inside the app");
    Ok(())
}
