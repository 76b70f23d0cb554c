//! `keyward/svelte` in Svelte: a store that follows every tab, and a `load` function that leads back to where the user was.

use crate::Outcome;
use crate::framework_app::tell;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    tell(trial, "svelte").await.map(drop)
}
