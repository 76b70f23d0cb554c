//! `keyward/angular` in Angular: a signal that follows every tab, a guard of its router, and an interceptor of its HttpClient.

use crate::Outcome;
use crate::framework_app::tell;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    tell(trial, "angular").await.map(drop)
}
