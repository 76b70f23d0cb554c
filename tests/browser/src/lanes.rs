//! Which trials run at the same time: each browser has a trial to itself, and the machine is not overloaded.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::Outcome;
use crate::engines::{Driver, EVERY_ENGINE, Engine};
use crate::times::Times;

/// What a scenario mostly does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It keeps the machine busy: two at a time, in different engines, is what two cores carry without strain.
    Busy,
    /// It waits: for back-offs, expiries, slow answers. One in every engine, beside the busy ones.
    Waiting,
}

/// A driver for each engine and pace.
pub(crate) struct Lanes {
    busy: Vec<Driver>,
    waiting: Vec<Driver>,
    places: Places,
    pub(crate) times: Times,
}

const BUSY_AT_ONCE: usize = 2;

impl Lanes {
    pub(crate) fn new(work_folder: &Path) -> Self {
        let drivers = |name: &str| EVERY_ENGINE.iter().map(|engine| Driver::new(*engine, name, work_folder)).collect();
        Self {
            busy: drivers("busy"),
            waiting: drivers("waiting"),
            places: Places::new(BUSY_AT_ONCE),
            times: Times::begin(),
        }
    }

    /// Runs `trial` with the address of a driver that nobody else uses meanwhile.
    pub(crate) fn run(
        &self,
        name: &str,
        engine: Engine,
        pace: Pace,
        trial: impl FnOnce(Engine, &str) -> Outcome,
    ) -> Outcome {
        let drivers = match pace {
            Pace::Busy => &self.busy,
            Pace::Waiting => &self.waiting,
        };
        let driver = drivers.iter().find(|driver| driver.engine() == engine).ok_or("no driver for this engine")?;
        driver.exclusively(|url| {
            let _place = (pace == Pace::Busy).then(|| self.places.take());
            self.times.measure(name, engine, pace, || trial(engine, url))
        })
    }

    /// Ends the drivers and their browsers; test runs end with `exit`, which drops nothing.
    pub(crate) fn stop(&self) {
        self.busy.iter().chain(&self.waiting).for_each(Driver::stop);
    }
}

/// A counting semaphore.
struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

struct Place<'a>(&'a Places);

impl Places {
    fn new(count: usize) -> Self {
        Self { free: Mutex::new(count), freed: Condvar::new() }
    }

    fn take(&self) -> Place<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(self)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
