//! Keyward end to end: real browsers over WebDriver, a real OpenID provider, real tabs.
//!
//! A file in `scenarios/` is one story, its name a sentence; it runs in every engine it names. Each trial has a fresh
//! browser profile and a fresh provider, and asserts on both sides: what the provider received, what the caller saw.
//!
//! `cargo test -p browser-tests` runs everything; `-- --list` shows the trials, `-- firefox::` or `-- sign-out` choose.

mod engines;
mod extension;
mod framework_app;
mod lanes;
mod page;
mod process;
mod rotation;
mod scenarios;
mod second_run;
mod server;
mod shortcut;
mod steps;
mod times;
mod trial;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::time::Instant;

use engines::Engine;
use lanes::Lanes;
use rotation::Rotation;
use second_run::SecondRuns;

pub(crate) type Error = Box<dyn std::error::Error>;
pub(crate) type Outcome = Result<(), Error>;

fn main() {
    let mut arguments = Arguments::from_args();
    let work_folder = std::env::temp_dir().join(format!("keyward-browser-tests-{}", std::process::id()));
    if let Err(error) = std::fs::create_dir_all(&work_folder) {
        eprintln!("cannot create {}: {error}", work_folder.display());
        std::process::exit(1);
    }
    let lanes = Arc::new(Lanes::new(&work_folder));
    let second_runs = Arc::new(SecondRuns::default());
    let trials = trials(&lanes, &second_runs, &work_folder, arguments.list);
    // A thread a trial: each waits for its lane, and `Lanes` says how many run.
    arguments.test_threads.get_or_insert(trials.len().max(2));

    trial::keep_panics_for_the_report();
    let conclusion = libtest_mimic::run(&arguments, trials);

    lanes.stop();
    lanes.times.tell();
    second_runs.tell();
    Rotation::of_today().tell();
    let _ = std::fs::remove_dir_all(&work_folder);
    conclusion.exit();
}

fn trials(
    lanes: &Arc<Lanes>,
    second_runs: &Arc<SecondRuns>,
    work_folder: &std::path::Path,
    listing: bool,
) -> Vec<Trial> {
    let mut trials = Vec::new();
    let rotation = Rotation::of_today();
    for (index, (name, scenario)) in scenarios::all().into_iter().enumerate() {
        if let (true, Some(reason)) = (listing, scenario.told_once_because()) {
            eprintln!("{name} does not run once more in a worker: {reason}");
        }
        let scenario = Arc::new(scenario);
        let engines: &'static [Engine] = scenario.engines;
        let is_met = |engine: &&Engine| !scenario.is_repetition || rotation.includes(index, **engine);
        for engine in engines.iter().filter(is_met) {
            let trial_name = format!("{}::{name}", engine.name());
            let (scenario, lanes, folder) = (Arc::clone(&scenario), Arc::clone(lanes), PathBuf::from(work_folder));
            let own_name = trial_name.clone();
            let once = move || {
                lanes.run(name, *engine, scenario.pace, |engine, url| trial::run(name, &scenario, engine, url, &folder))
            };
            let second_runs = Arc::clone(second_runs);
            let run = move || second_runs.run(&own_name, once);
            trials.push(Trial::test(trial_name, move || run().map_err(|error| Failed::from(error.to_string()))));
        }
    }
    trials
}

/// The moment after which waiting is a failure.
pub(crate) fn deadline(patience: Duration) -> Instant {
    Instant::now() + patience
}
