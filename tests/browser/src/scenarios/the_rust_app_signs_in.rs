//! The Rust app uses the same core without the npm package: sign in, call the API, sign out.

use serde_json::json;

use crate::Outcome;
use crate::engines::Engine;
use crate::steps::{log_in_at_the_provider, return_from_logout};
use crate::trial::{Scenario, Trial, save_screenshot};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .not_in_a_worker("a Rust app is a module of its own, in its page");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let app = format!("{}/rust/", server.demo);
    page.open(&app).await?;
    page.click("#sign-in").await?;
    log_in_at_the_provider(trial, &page, "Ada Lovelace").await?;
    page.wait_for_url(&app).await?;
    page.wait_for("return document.querySelector('#name')?.textContent.includes('Ada Lovelace')").await?;
    assert!(!page.url().await?.contains("code="), "{}", page.url().await?);

    page.click("#call-api").await?;
    page.wait_for("return document.querySelector('#api-result')?.textContent.includes('ada-lovelace')").await?;
    save_screenshot(&format!("{}-rust-app", trial.engine.name()), &page.screenshot().await?)?;

    page.reload().await?;
    page.wait_for("return document.querySelector('#name')?.textContent.includes('Ada Lovelace')").await?;
    let log = server.log().await?;
    assert_eq!((log.to("authorization").len(), log.to("token").len()), (1, 1), "{}", log.text());
    assert_eq!(log.to("authorization")[0]["query"]["code_challenge_method"], "S256");
    assert_eq!(log.to("token")[0]["form"]["client_id"], json!("keyward-rust"));

    page.click("#sign-out").await?;
    return_from_logout(trial, &page, &app).await?;
    page.wait_for("return document.querySelector('#sign-in')").await?;
    assert!(!server.log().await?.to("revocation").is_empty());
    Ok(())
}
