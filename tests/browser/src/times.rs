//! How long the trials took, so that one that grows slow is seen.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::engines::{EVERY_ENGINE, Engine};
use crate::lanes::Pace;

pub(crate) struct Times {
    begun: Instant,
    taken: Mutex<Vec<Taken>>,
}

struct Taken {
    name: String,
    engine: Engine,
    pace: Pace,
    time: Duration,
}

/// So many of the slowest are named; of a run of no more trials, none.
const NAMED: usize = 10;

impl Times {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), taken: Mutex::default() }
    }

    /// Without the time that a trial waits for its turn.
    pub(crate) fn measure<T>(&self, name: &str, engine: Engine, pace: Pace, trial: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let outcome = trial();
        let taken = Taken { name: name.to_owned(), engine, pace, time: begun.elapsed() };
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
        outcome
    }

    pub(crate) fn tell(&self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() <= NAMED {
            return;
        }
        taken.sort_by_key(|one| std::cmp::Reverse(one.time));
        println!("the slowest trials:");
        for Taken { name, engine, time, .. } in taken.iter().take(NAMED) {
            println!("{:7.1} s  {}::{name}", time.as_secs_f32(), engine.name());
        }
        println!("{:.0} s in all; busy and waiting, in seconds:", self.begun.elapsed().as_secs_f32());
        for engine in EVERY_ENGINE {
            let sum = |pace: Pace| {
                let of_both = taken.iter().filter(|one| one.engine == *engine && one.pace == pace);
                of_both.map(|one| one.time).sum::<Duration>().as_secs_f32()
            };
            println!("{:>9}: {:.0}, {:.0}", engine.name(), sum(Pace::Busy), sum(Pace::Waiting));
        }
    }
}
