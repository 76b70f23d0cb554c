//! What grows runs whole by hand, and in CI a part of it, every day another one: three days meet all.

use std::time::UNIX_EPOCH;

use crate::engines::{EVERY_ENGINE, Engine};

const PARTS: usize = 3;

/// Which part of a list is met in an engine today.
#[derive(Clone, Copy)]
pub(crate) enum Rotation {
    Whole,
    /// One in [`PARTS`], another one in each engine.
    Part(usize),
}

impl Rotation {
    pub(crate) fn of_today() -> Self {
        if std::env::var_os("CI").is_none() {
            return Self::Whole;
        }
        let today = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs() / 86_400);
        // The remainder is below PARTS.
        Self::Part((today % PARTS as u64) as usize)
    }

    pub(crate) fn includes(self, index: usize, engine: Engine) -> bool {
        let Self::Part(part) = self else { return true };
        let number = EVERY_ENGINE.iter().position(|other| *other == engine).unwrap_or_default();
        (index + part + number).is_multiple_of(PARTS)
    }

    /// A line that `cargo xtask test` takes into its summary.
    pub(crate) fn tell(self) {
        if let Self::Part(part) = self {
            println!(
                "in part: stories once more in a worker, and misbehaving providers in each engine: part {} of {PARTS}, by \
                 the day; all of them without CI in the environment",
                part + 1
            );
        }
    }
}
