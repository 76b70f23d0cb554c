//! Keyward end to end: real browsers over WebDriver, a real OpenID provider, real tabs.
//!
//! A file in `scenarios/` is one story, its name a sentence; it runs in every engine it names. Each trial has a fresh
//! browser profile and a fresh provider, and asserts on both sides: what the provider received, what the caller saw.
//!
//! `cargo test -p browser-tests` runs everything; `-- --list` shows the trials, `-- firefox::` or `-- sign-out` choose.

mod engines;
mod page;
mod process;
mod scenarios;
mod server;
mod shortcut;
mod steps;
mod trial;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::time::Instant;

use engines::{Driver, EVERY_ENGINE};

pub(crate) type Error = Box<dyn std::error::Error>;
pub(crate) type Outcome = Result<(), Error>;

fn main() {
    let mut arguments = Arguments::from_args();
    // Trials of one engine run one after another; two engines at a time is what two cores carry without strain.
    arguments.test_threads.get_or_insert(2);

    let work_folder = std::env::temp_dir().join(format!("keyward-browser-tests-{}", std::process::id()));
    if let Err(error) = std::fs::create_dir_all(&work_folder) {
        eprintln!("cannot create {}: {error}", work_folder.display());
        std::process::exit(1);
    }
    let drivers: Vec<Arc<Driver>> =
        EVERY_ENGINE.iter().map(|engine| Arc::new(Driver::new(*engine, &work_folder))).collect();

    trial::keep_panics_for_the_report();
    let conclusion = libtest_mimic::run(&arguments, trials(&drivers, &work_folder));

    drivers.iter().for_each(|driver| driver.stop());
    let _ = std::fs::remove_dir_all(&work_folder);
    conclusion.exit();
}

/// Engine by engine within a scenario, so that neighbours in the queue use different browsers.
fn trials(drivers: &[Arc<Driver>], work_folder: &std::path::Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, scenario) in scenarios::all() {
        let scenario = Arc::new(scenario);
        for driver in drivers.iter().filter(|driver| scenario.engines.contains(&driver.engine())) {
            let trial_name = format!("{}::{name}", driver.engine().name());
            let (scenario, driver, folder) = (Arc::clone(&scenario), Arc::clone(driver), PathBuf::from(work_folder));
            let run = move || trial::run(name, &scenario, &driver, &folder);
            trials.push(Trial::test(trial_name, move || run().map_err(|error| Failed::from(error.to_string()))));
        }
    }
    trials
}

/// The moment after which waiting is a failure.
pub(crate) fn deadline(patience: Duration) -> Instant {
    Instant::now() + patience
}
