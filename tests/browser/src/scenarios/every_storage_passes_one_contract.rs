//! `local`, `session`, `memory`, `encrypted` and adapters of the app's own before one and the same contract, the one that
//! `keyward/testing` offers to adapter authors; the built-in ones also compare and set (F4).

use serde_json::{Value, json};

use crate::Outcome;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("the storages are tried without a client");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let seen = page.run("return await runContract()").await?;
    println!("The storage contract in {}:\n{}", trial.engine.name(), seen["table"].as_str().unwrap_or_default());
    assert_eq!(seen["failures"], json!([]), "{}", seen["table"].as_str().unwrap_or_default());

    for storage in ["local", "session", "memory", "encrypted", "own (Map)", "own (localStorage)"] {
        let results = seen["results"][storage].as_array().cloned().unwrap_or_default();
        let count = |outcome: &str| results.iter().filter(|result| result["outcome"] == outcome).count();
        // Memory has one context only, and this adapter over localStorage tells nobody.
        let skipped = [("memory", 4), ("own (localStorage)", 2)].iter().find(|(name, _)| *name == storage);
        assert_eq!(count("skipped"), skipped.map_or(0, |(_, count)| *count), "{storage}");
        assert_eq!(count("passed") + count("skipped"), 16, "{storage}");
    }
    for storage in ["local", "session", "memory", "encrypted"] {
        let once = json!({ "first": 1, "second": 1, "wrong": 0, "removed": 1, "left": Value::Null });
        assert_eq!(seen["swaps"][storage], once, "{storage}: of twenty that change the same value, one does");
    }
    assert_eq!(page.run("return (await traces()).databases").await?, json!([]), "nothing is left of empty databases");
    Ok(())
}
