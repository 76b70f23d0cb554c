//! Which trials run at the same time: one of each pace in every engine.

use std::path::Path;

use crate::Outcome;
use crate::engines::{Driver, EVERY_ENGINE, Engine};
use crate::times::Times;

/// What a scenario mostly does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It keeps the machine busy. With one in every engine two cores are; with two at a time they idled for a fifth of it
    /// (1,620 of 2,088 seconds), and in the end one engine was left with its queue.
    Busy,
    /// It waits: for back-offs, expiries, slow answers. One in every engine, beside the busy ones.
    Waiting,
}

/// A driver for each engine and pace.
pub(crate) struct Lanes {
    busy: Vec<Driver>,
    waiting: Vec<Driver>,
    pub(crate) times: Times,
}

impl Lanes {
    pub(crate) fn new(work_folder: &Path) -> Self {
        let drivers = |name: &str| EVERY_ENGINE.iter().map(|engine| Driver::new(*engine, name, work_folder)).collect();
        Self { busy: drivers("busy"), waiting: drivers("waiting"), times: Times::begin() }
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
        driver.exclusively(|url| self.times.measure(name, engine, pace, || trial(engine, url)))
    }

    /// Ends the drivers and their browsers; test runs end with `exit`, which drops nothing.
    pub(crate) fn stop(&self) {
        self.busy.iter().chain(&self.waiting).for_each(Driver::stop);
    }
}
