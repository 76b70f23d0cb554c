//! `cargo xtask simulate`: random histories of tabs, storage and provider in virtual time.

use anyhow::Result;

use crate::process::{self, cargo};
use crate::project::Project;

/// Live through random histories and check the invariants after every step.
///
/// Prints how many histories, steps, faults and requests there were. A history that goes wrong is shown step by step,
/// with its seed: `--seed` lives through that one again.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many histories, from seed 0 on.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    histories: u64,
    /// The history of this seed only.
    #[arg(long, value_name = "SEED", conflicts_with = "histories")]
    seed: Option<u64>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let mut tests = cargo(project.root());
    // Optimised, unlike in `cargo xtask test`: more histories are worth the longer build.
    tests.args(["test", "--locked", "-p", "keyward", "--features", "sim", "--test", "simulation"]);
    tests.args(["--config", "profile.test.opt-level=2", "--", "whatever_happens", "--nocapture"]);
    match args.seed {
        Some(seed) => tests.env("KEYWARD_SEED", seed.to_string()),
        None => tests.env("KEYWARD_HISTORIES", args.histories.to_string()),
    };
    process::run(&mut tests)
}
