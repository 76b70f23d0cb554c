//! Random histories: whatever happens to two tabs, the invariants hold after every step.

use super::history::{self, Failure, Tally};
use std::io::Write as _;
use std::thread;

/// As many as two cores live through in some ten seconds of the dev profile.
const HISTORIES: u64 = 800;
/// So much of what happened is shown when a history went wrong.
const SHOWN: usize = 60;

/// `KEYWARD_SEED` runs one history, `KEYWARD_HISTORIES` more of them, or fewer.
#[test]
fn whatever_happens_the_invariants_hold() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = match number("KEYWARD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("KEYWARD_HISTORIES").unwrap_or(HISTORIES),
    };
    let lane = |lane: usize| seeds.clone().skip(lane).step_by(2).map(history::live).collect::<Vec<_>>();
    let results = thread::scope(|scope| {
        let lanes = [0, 1].map(|number| scope.spawn(move || lane(number)));
        lanes.map(|lane| lane.join().expect("the simulation itself does not panic"))
    });
    let mut total = Tally::default();
    let mut failures = Vec::new();
    for result in results.into_iter().flatten() {
        match result {
            Ok(tally) => total += tally,
            Err(failure) => failures.push(failure),
        }
    }
    // Past the test harness, which shows what is printed only of tests that fail.
    writeln!(std::io::stderr(), "{total}").unwrap();
    assert!(failures.is_empty(), "{}", report(&failures));
    assert!(total.requests > total.histories && total.tokens_handed_out > 0, "something happened");
}

fn report(failures: &[Failure]) -> String {
    let Some(first) = failures.iter().min_by_key(|failure| failure.trace.len()) else { return String::new() };
    let list: Vec<String> = failures.iter().map(|failure| format!("seed {}: {}", failure.seed, failure.what)).collect();
    let last = first.trace.len().saturating_sub(SHOWN);
    format!(
        "{} histories went wrong:\n{}\n\nThe shortest, seed {}: {}\n{}\n\nTo see it again:\n  \
         KEYWARD_SEED={} cargo test --features sim --test simulation histories\n",
        failures.len(),
        list.join("\n"),
        first.seed,
        first.what,
        first.trace[last..].join("\n"),
        first.seed,
    )
}
