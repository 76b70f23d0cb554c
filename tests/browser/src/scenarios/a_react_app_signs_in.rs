//! `keyward/react` in React with StrictMode and React Router: one instance however often it is mounted, a guard that leads
//! back to where the user was, hooks that follow every tab, and a component that is suspended until it is known who is signed in.

use serde_json::json;

use crate::Outcome;
use crate::framework_app::{shows, tell};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    tell(trial, "react").await?;
    let page = trial.browser.first_tab();
    shows(&page, "#known", "signed_in").await?;
    trial.server.reset().await?;

    // A page that was rendered on a server: "loading" until React has taken it over, and no complaint about it. Its visitor
    // is sent to the provider by the guard, where she is known, and comes back.
    let origin = trial.server.start_framework("react-rendered").await?;
    page.open(&format!("{origin}/")).await?;
    shows(&page, "#guarded", "guarded").await?;
    shows(&page, "#who", "signed_in").await?;
    let seen = page.run("return { rendered, statuses, problems, complaints, instances: instances.size }").await?;
    assert_eq!(seen["rendered"], "loading", "{seen}");
    assert_eq!((&seen["problems"], &seen["complaints"]), (&json!([]), &json!([])), "{seen}");
    assert_eq!((&seen["statuses"], &seen["instances"]), (&json!(["loading", "signed_in"]), &json!(1)), "{seen}");
    let log = trial.server.log().await?;
    assert_eq!((log.to("authorization").len(), log.to("token").len()), (1, 1), "{}", log.text());

    // A config that cannot work: said to the page and, once, to the developer; nobody is sent anywhere.
    trial.server.reset().await?;
    page.open(&format!("{origin}/?mistake=clientID")).await?;
    shows(&page, "#root", "invalid_config clientID").await?;
    page.run("await new Promise((resolve) => setTimeout(resolve, 300))").await?;
    let problems = page.run("return problems").await?;
    assert!(problems.as_array().is_some_and(|all| all.len() == 1) && problems[0].to_string().contains("clientID"), "{problems}");
    assert!(trial.server.log().await?.is_empty());
    Ok(())
}
