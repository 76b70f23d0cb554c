//! Every published signature vector through Keyward's own use of the browser's WebCrypto: how many ran of each algorithm,
//! what was accepted and what refused, is the same as natively, but for what an engine lacks, by name.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vector_tests::folder::Folder;
use vector_tests::{Case, Expected, PUBLISHED, cases, rfc};

use crate::engines::Engine;
use crate::page::Page;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a module of its own judges them, in its page");

/// What an engine does not know: the cases that should be accepted are refused for that reason, and no other.
fn lacks(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Chromium | Engine::Firefox | Engine::WebKitGtk => &[],
    }
}

/// At a time: scripts and their arguments pass through the driver.
const PORTION: usize = 200;

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    page.open(&format!("{}/", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    // The examples of the specifications need no folder; in CI there is one.
    let (all, expected) = match Folder::find() {
        Some(folder) => (cases(&folder), Some(PUBLISHED)),
        None => (rfc::cases(), None),
    };

    let lacks = lacks(trial.engine);
    let mut tally: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for portion in all.chunks(PORTION) {
        for (case, verdict) in portion.iter().zip(judge(&page, portion).await?) {
            let verdict = verdict.as_str().unwrap_or_default();
            let [ran, accepted, refused, unsupported] = tally.entry(&case.algorithm).or_default();
            *ran += 1;
            let right = match verdict.split(':').next() {
                Some("accepted") => {
                    *accepted += 1;
                    case.expectation().expected != Expected::Refused
                }
                Some("refused") => {
                    *refused += 1;
                    case.expectation().expected != Expected::Accepted
                }
                Some("unsupported") => {
                    *unsupported += 1;
                    lacks.contains(&case.algorithm.as_str())
                }
                _ => false,
            };
            if !right {
                wrong.push(format!("{} {}: {verdict}", case.source, case.name));
            }
        }
    }

    let mut table = format!("{}: {} vectors\nalgorithm    ran  accepted  refused  unsupported\n", trial.engine.name(), all.len());
    for (algorithm, [ran, accepted, refused, unsupported]) in &tally {
        table += &format!("{algorithm:<10} {ran:>5} {accepted:>9} {refused:>8} {unsupported:>12}\n");
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{} of {}:\n{}\n{table}", wrong.len(), all.len(), wrong.join("\n"));
    for (algorithm, [ran, accepted, refused]) in expected.unwrap_or_default() {
        let seen = tally.get(algorithm).copied().unwrap_or_default();
        let here = match lacks.contains(algorithm) {
            // An engine that learns an algorithm is to be taken off the list.
            true => [*ran, 0, *refused, *accepted],
            false => [*ran, *accepted, *refused, 0],
        };
        assert_eq!(seen, here, "{algorithm}: ran, accepted, refused, unsupported\n{table}");
    }
    let algorithms = expected.map_or(tally.len(), <[_]>::len);
    assert_eq!(tally.len(), algorithms, "{table}");
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

async fn judge(page: &Page, cases: &[Case]) -> Result<Vec<Value>, Error> {
    let given = cases.iter().map(|case| json!([case.token, case.keys.to_string()])).collect();
    let script = "const { default: instantiate, judge } = await import('/vectors/judge.js');
                  await instantiate();
                  return await Promise.all(given.map(([token, keys]) => judge(token, keys)))";
    let Value::Array(verdicts) = page.run_with(script, given).await? else { return Err("no verdicts".into()) };
    assert_eq!(verdicts.len(), cases.len());
    Ok(verdicts)
}
