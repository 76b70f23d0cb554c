//! An app changes from `storage: "local"` to `"encrypted"` between two releases, in one namespace, and tabs of the former
//! release still run. They are signed out; what the new release stores they leave alone (F5).

use serde_json::json;

use crate::Outcome;
use crate::shortcut::{assert_signed_out, begin_sign_in, sign_in_here};
use crate::steps::{open_app, quiet, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("sessions have one storage there");

async fn run(trial: &Trial) -> Outcome {
    let mut sealed = quiet();
    sealed["storage"] = json!("encrypted");
    let former = trial.browser.first_tab();
    open_app(trial, &former, quiet()).await?;
    sign_in_here(trial, &former, "Ada").await?;

    // The new release cannot read what lies there in plain text, and does not let it lie.
    let new = trial.browser.new_tab().await?;
    let opened = open_app(trial, &new, sealed.clone()).await?;
    assert_eq!(opened["state"]["status"], "signed_out", "{opened}");
    new.wait_for("return localStorage.length === 0").await?;

    sign_in_here(trial, &new, "Ada").await?;
    let token = new.run("return await auth.getAccessToken()").await?;
    // A way to the provider that has begun in the new release, and one in the former, which sweeps what is stale.
    let response = begin_sign_in(trial, &new, "Grace").await?;

    // The former release hears of it, looks around, begins a sign-in, is loaded once more: none of it is its business.
    former.run("dispatchEvent(new Event('focus'))").await?;
    former.wait_for("return auth.state.status === 'signed_out'").await?;
    assert_signed_out(&former, "the former release").await?;
    begin_sign_in(trial, &former, "Linus").await?;
    former.reload().await?;
    start(&former, quiet()).await?;
    assert_signed_out(&former, "the former release, loaded again").await?;
    former.run("await auth.getAccessToken().catch(() => null)").await?;

    assert_eq!(new.run("return await auth.getAccessToken()").await?, token);
    let finished = new.run_with("return plain(await auth.handleRedirect(given))", json!(response)).await?;
    assert_eq!((&finished["error"], &finished["result"]["session"]["subject"]), (&json!(null), &json!("grace")));
    new.reload().await?;
    let started = start(&new, sealed).await?;
    assert_eq!(started["state"]["sessions"].as_array().map(Vec::len), Some(2), "{started}");
    for page in [&new, &former] {
        assert_eq!(page.run("return problems").await?, json!([]));
    }
    Ok(())
}
