//! `keyward/vue` in Vue: refs that follow every tab, and a guard of vue-router that leads back to where the user was.

use crate::Outcome;
use crate::framework_app::tell;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    tell(trial, "vue").await.map(drop)
}
