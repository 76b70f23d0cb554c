//! The recipes of docs/react.md for routers that load before they render: a guarded route's loaders send to the provider once,
//! and the loader of a callback route leads back. React Router and TanStack Router.

use serde_json::json;

use crate::Outcome;
use crate::framework_app::shows;
use crate::steps::{log_in_at_the_provider, return_from_logout};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario =
    Scenario::everywhere(300, |trial| Box::pin(run(trial))).not_in_a_worker("its app is a page of its own");

async fn run(trial: &Trial) -> Outcome {
    for (name, user) in [("react-loaders", "Ada Lovelace"), ("tanstack", "Grace Hopper")] {
        tell(trial, name, user).await.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

async fn tell(trial: &Trial, name: &str, user: &str) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let origin = server.start_framework(name).await?;
    server.reset().await?;

    // Cancelled: the callback route says so, and nobody is sent to the provider again.
    page.open(&format!("{origin}/private/?tab=2")).await?;
    page.wait_for_url(&format!("{}/login/", server.provider)).await?;
    page.click("form button[name=cancel]").await?;
    shows(&page, "#failed", "access_denied").await?;
    assert_eq!(server.log().await?.to("authorization").len(), 1, "{}", server.log().await?.text());

    page.open(&format!("{origin}/private/?tab=2")).await?;
    log_in_at_the_provider(trial, &page, user).await?;
    page.wait_for_url(&origin).await?;
    shows(&page, "#who", &format!("signed_in {user}")).await?;
    shows(&page, "#answer", "200").await?;
    assert_eq!(page.url().await?.replace("/private?", "/private/?"), format!("{origin}/private/?tab=2"));
    assert_eq!(page.run("return [instances.size, problems]").await?, json!([1, []]));
    let log = server.log().await?;
    assert_eq!((log.to("authorization").len(), log.to("token").len()), (2, 1), "{}", log.text());
    assert_eq!(log.to("authorization")[1]["query"]["redirect_uri"], json!(format!("{origin}/callback.html")));

    // The next app's user is somebody else.
    page.begin("await auth.signOut()").await?;
    return_from_logout(trial, &page, &format!("{origin}/")).await?;
    shows(&page, "#who", "signed_out nobody").await
}
