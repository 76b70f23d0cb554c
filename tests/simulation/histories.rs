//! Random histories: whatever happens to some tabs and workers, the invariants hold after every step.

use super::history::{self, Failure, Tally};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Without `cargo xtask simulate` and without optimisation, this many are enough to see that all is well.
const HISTORIES: u64 = 400;
/// So much of what happened is shown when a history went wrong.
const SHOWN: usize = 120;
/// More failures than these say nothing new.
const MOST_FAILURES: u64 = 20;

/// `KEYWARD_SEED` runs one history, `KEYWARD_HISTORIES` so many of them, `KEYWARD_MINUTES` as many as there is time for,
/// from `KEYWARD_FIRST_SEED` on, until `KEYWARD_MOST_FAILURES` of them have gone wrong.
#[test]
fn e1_e2_e4_e5_whatever_happens_the_invariants_hold() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let first = number("KEYWARD_FIRST_SEED").unwrap_or(0);
    let minutes = number("KEYWARD_MINUTES");
    let seeds = match (number("KEYWARD_SEED"), minutes) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(_)) => first..u64::MAX,
        (None, None) => first..first + number("KEYWARD_HISTORIES").unwrap_or(HISTORIES),
    };
    let begun = Instant::now();
    let until = minutes.map(|minutes| begun + Duration::from_secs(60 * minutes));
    let one = seeds.end - seeds.start == 1;
    let (total, failures) = live_through(seeds, until, number("KEYWARD_MOST_FAILURES").unwrap_or(MOST_FAILURES));
    let seconds = begun.elapsed().as_secs_f64();
    super::say(&format!("{total}{seconds:.1} seconds"));
    assert!(failures.is_empty(), "{}", report(&failures));
    assert!(one || total.requests > total.histories && total.tokens_handed_out > 0, "something happened");
}

/// In as many threads as there are cores.
fn live_through(seeds: Range<u64>, until: Option<Instant>, most_failures: u64) -> (Tally, Vec<Failure>) {
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let next = AtomicU64::new(seeds.start);
    let failed = AtomicU64::new(0);
    let lane = || {
        let (mut total, mut failures) = (Tally::default(), Vec::new());
        let mut told = Instant::now();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let over = until.is_some_and(|until| Instant::now() > until);
            if !seeds.contains(&seed) || over || failed.load(Ordering::Relaxed) >= most_failures {
                return (total, failures);
            }
            match history::live(seed) {
                Ok(tally) => total += tally,
                Err(failure) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    failures.push(failure);
                }
            }
            if told.elapsed() > Duration::from_secs(60) {
                told = Instant::now();
                super::say(&format!("… seed {seed}"));
            }
        }
    };
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads).map(|_| scope.spawn(lane)).collect();
        let mut all = (Tally::default(), Vec::new());
        for lane in lanes {
            let (tally, failures) = lane.join().expect("the simulation itself does not panic");
            all.0 += tally;
            all.1.extend(failures);
        }
        all
    })
}

fn report(failures: &[Failure]) -> String {
    let Some(first) = failures.iter().min_by_key(|failure| failure.trace.len()) else { return String::new() };
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for failure in failures {
        let list = kinds.entry(failure.violation.invariant.name()).or_default();
        list.push(format!("  seed {}: {}", failure.seed, failure.violation));
    }
    let list: Vec<String> = kinds.into_values().flatten().collect();
    let last = first.trace.len().saturating_sub(SHOWN);
    format!(
        "{} histories went wrong:\n{}\n\nThe shortest, seed {}: {}\n{}\n\nTo see it again:\n  \
         cargo xtask simulate --seed {}\n",
        failures.len(),
        list.join("\n"),
        first.seed,
        first.violation,
        first.trace[last..].join("\n"),
        first.seed,
    )
}
