//! A trial that failed beside others runs once more, alone, when all others are done.
//!
//! Up to six browsers on two cores stall for seconds at a time, as no user's browser does. What fails then and passes
//! alone is named "unstable", with its reason: it may still be a race. Where more than a few fail there is no second run.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::Outcome;

/// Where more trials fail, it is not the load.
const MOST: usize = 3;

#[derive(Default)]
pub(crate) struct SecondRuns {
    state: Mutex<State>,
    changed: Condvar,
    alone: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Trials in their first run, or waiting for it.
    first_runs: usize,
    failed: usize,
    unstable: Vec<(String, String)>,
}

impl SecondRuns {
    /// Runs `trial`, and once more if it fails. Call it for every trial before any can have ended.
    pub(crate) fn run(&self, name: &str, trial: impl Fn() -> Outcome) -> Outcome {
        let first_run = FirstRun::begin(self);
        let Err(reason) = trial() else { return Ok(()) };

        self.lock().failed += 1;
        drop(first_run);
        eprintln!("{name} failed and may run once more when the others are done:\n{reason}");
        if self.failed_when_all_are_done() > MOST {
            return Err(reason);
        }
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        let second = trial();
        if second.is_ok() {
            self.lock().unstable.push((name.to_owned(), reason.to_string()));
        }
        second
    }

    /// After the summary, in the shape of a failure's report.
    pub(crate) fn tell(&self) {
        for (name, reason) in &self.lock().unstable {
            println!("unstable {name}\n---- {name} ----\n{reason}\n");
        }
    }

    fn failed_when_all_are_done(&self) -> usize {
        let done = self.changed.wait_while(self.lock(), |state| state.first_runs > 0);
        done.unwrap_or_else(PoisonError::into_inner).failed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends with its trial, even if that panics.
struct FirstRun<'a>(&'a SecondRuns);

impl<'a> FirstRun<'a> {
    fn begin(runs: &'a SecondRuns) -> Self {
        runs.lock().first_runs += 1;
        Self(runs)
    }
}

impl Drop for FirstRun<'_> {
    fn drop(&mut self) {
        self.0.lock().first_runs -= 1;
        self.0.changed.notify_all();
    }
}
