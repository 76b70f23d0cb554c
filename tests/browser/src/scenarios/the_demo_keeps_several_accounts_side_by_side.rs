//! Two providers and three accounts in the demo: each with a card, a bar and a token of its own; one or all sign out.

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::log_in_at;
use crate::trial::{Scenario, Trial, save_screenshot};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about another app, whose client is in its page");

/// Each card's provider, subject, whether it is shown, and how many minutes its token has.
const CARDS: &str = "return [...document.querySelectorAll('.account')].map((card) => [card.dataset.provider,
    card.dataset.subject, card.ariaCurrent === 'true', parseInt(card.querySelector('.seconds').textContent)])";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let demo = format!("{}/", server.demo);
    page.open(&demo).await?;
    page.wait_for("return document.body.dataset.view === 'signed_out'").await?;

    page.click("#sign-in").await?;
    arrive(trial, &page, &server.provider, "Ada Lovelace").await?;
    page.click("#add-tide").await?;
    arrive(trial, &page, &server.second, "Ada Lovelace").await?;
    // Fern has a session of Ada's, and asks who it is all the same.
    page.click("#add-fern").await?;
    arrive(trial, &page, &server.provider, "Grace Hopper").await?;

    assert_eq!(
        accounts(&page).await?,
        json!([["fern", "ada-lovelace", false], ["tide", "ada-lovelace", false], ["fern", "grace-hopper", true]])
    );
    // In minutes: Tide's tokens live twice as long, and each bar is its own token's.
    let cards = page.run(CARDS).await?;
    let left = |index: usize| cards[index][3].as_i64().unwrap_or_default();
    assert!((3..=5).contains(&left(0)) && (8..=10).contains(&left(1)) && (4..=5).contains(&left(2)), "{cards}");
    save_screenshot(&format!("{}-demo-accounts", trial.engine.name()), &page.screenshot().await?)?;

    // Each account's own token opens the API, and says whose it is.
    assert_eq!(asks_as(&page).await?, json!([server.provider, "grace-hopper"]));
    page.click(".account[data-provider=tide]").await?;
    assert_eq!(page.text("#provider").await?, "Tide ID");
    assert_eq!(asks_as(&page).await?, json!([server.second, "ada-lovelace"]));
    page.click(".account[data-provider=fern][data-subject=ada-lovelace]").await?;
    assert_eq!(asks_as(&page).await?, json!([server.provider, "ada-lovelace"]));

    // A reload shows the same account, and asks nobody. Another tab has them all.
    server.reset().await?;
    page.reload().await?;
    page.wait_for("return document.body.dataset.view === 'signed_in'").await?;
    assert_eq!(page.text("#subject").await?, "ada-lovelace");
    assert_eq!(page.text("#provider").await?, "Fern ID");
    assert!(server.log().await?.is_empty(), "{}", server.log().await?.text());
    let second = trial.browser.new_tab().await?;
    second.open(&demo).await?;
    second.wait_for("return document.querySelectorAll('.account').length === 3").await?;

    // One signs out: nobody else notices but by the missing card.
    page.click("#sign-out").await?;
    for page in [&page, &second] {
        page.wait_for("return document.querySelectorAll('.account').length === 2").await?;
    }
    for (provider, issuer, subject) in
        [("tide", &server.second, "ada-lovelace"), ("fern", &server.provider, "grace-hopper")]
    {
        page.click(&format!(".account[data-provider={provider}]")).await?;
        assert_eq!(asks_as(&page).await?, json!([issuer, subject]));
    }

    page.click("#sign-out-all").await?;
    for page in [&page, &second] {
        page.wait_for("return document.body.dataset.view === 'signed_out'").await?;
        assert_eq!(page.run("return document.querySelector('#notice').dataset.code || null").await?, Value::Null);
    }
    // Signed out is what it shows first; what it has cached goes until the call is done.
    page.wait_for("return document.querySelector('#sign-out-all').ariaDisabled === null").await?;
    let left = "return Object.keys(localStorage).filter((key) => key.startsWith('keyward'))";
    assert_eq!(page.run(left).await?, json!([]));
    Ok(())
}

/// From the provider's login page back to the demo, which shows the new account.
async fn arrive(trial: &Trial, page: &Page, issuer: &str, name: &str) -> Outcome {
    log_in_at(page, issuer, name).await?;
    page.wait_for_url(&format!("{}/", trial.server.demo)).await?;
    let shows = format!("return document.querySelector('#name').textContent === {}", json!(name));
    page.wait_for(&shows).await.map(drop)
}

async fn accounts(page: &Page) -> Result<Value, Error> {
    let Value::Array(cards) = page.run(CARDS).await? else { return Err("there are no cards".into()) };
    Ok(cards.iter().map(|card| json!([card[0], card[1], card[2]])).collect())
}

/// Whose token the API says it got.
async fn asks_as(page: &Page) -> Result<Value, Error> {
    page.wait_for("return document.querySelector('#api-result').hidden").await?;
    page.click("#call-api").await?;
    page.wait_for("return document.querySelector('#api-result').dataset.status === '200'").await?;
    let body = "const text = document.querySelector('#api-result pre').textContent;
        const { issuer, subject } = JSON.parse(text.slice(text.indexOf('{')));
        return [issuer, subject]";
    page.run(body).await
}
