//! The demo page as a person uses it: sign in, the live bar, the API, a second tab that shares the renewal, sign out.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::Outcome;
use crate::steps::{log_in_at_the_provider, return_from_logout};
use crate::trial::{Scenario, Trial, save_screenshot};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(36, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about another app, whose client is in its page");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let demo = format!("{}/", server.demo);
    let shot = |name: &str| format!("{}-demo-{name}", trial.engine.name());
    page.open(&demo).await?;
    page.wait_for("return document.body.dataset.view === 'signed_out'").await?;
    save_screenshot(&shot("signed-out"), &page.screenshot().await?)?;

    page.click("#sign-in").await?;
    log_in_at_the_provider(trial, &page, "Ada Lovelace").await?;
    page.wait_for_url(&demo).await?;
    page.wait_for("return document.body.dataset.view === 'signed_in'").await?;
    assert_eq!(page.url().await?, demo);
    assert_eq!(page.text("#name").await?, "Ada Lovelace");
    assert_eq!(page.text("#subject").await?, "ada-lovelace");
    let claims = page.text("#claims").await?;
    assert!(claims.contains(&server.provider) && claims.contains("ada-lovelace"), "{claims}");

    // The bar runs down.
    let seconds = "return Number(document.querySelector('#life').ariaValueNow)";
    let before = page.wait_for(seconds).await?;
    page.wait_for(&format!("return document.querySelector('#life').ariaValueNow < {before} - 1")).await?;

    page.click("#call-api").await?;
    page.wait_for("return document.querySelector('#api-result').dataset.status === '200'").await?;
    assert!(page.text("#api-result").await?.contains("ada-lovelace"));
    // A screenshot shows what has been painted.
    sleep(Duration::from_millis(300)).await;
    save_screenshot(&shot("signed-in"), &page.screenshot().await?)?;

    // A second tab is signed in at once, and one of the two renews the token for both.
    let second = trial.browser.new_tab().await?;
    second.open(&demo).await?;
    second.wait_for("return document.body.dataset.view === 'signed_in'").await?;
    let counts = "return ['local', 'other'].map((id) => Number(document.querySelector('#count-' + id).textContent))";
    let renewed = format!("return ({counts})[0] + ({counts})[1] > 0", counts = counts.trim_start_matches("return "));
    let mut sums = [0, 0];
    for page in [&page, &second] {
        page.wait_up_to(Duration::from_secs(45), &renewed).await?;
        let counted = page.run(counts).await?;
        for (sum, count) in sums.iter_mut().zip([&counted[0], &counted[1]]) {
            *sum += count.as_u64().unwrap_or_default();
        }
    }
    save_screenshot(&shot("renewed"), &page.screenshot().await?)?;
    let log = server.log().await?;
    assert_eq!((sums, log.refreshes().len()), ([1, 1], 1), "renewed here and taken over; refreshes:\n{}", log.text());

    // Sign out there: this tab follows, and neither complains.
    second.click("#sign-out").await?;
    page.wait_for("return document.body.dataset.view === 'signed_out'").await?;
    return_from_logout(trial, &second, &demo).await?;
    second.wait_for("return document.body.dataset.view === 'signed_out'").await?;
    for page in [&page, &second] {
        // A notice with a code is an error's; that one signed out elsewhere is told without.
        assert_eq!(page.run("return document.querySelector('#notice').dataset.code || null").await?, Value::Null);
    }
    Ok(())
}
