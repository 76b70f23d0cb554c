//! `cargo xtask soak`: a page that refreshes for a long time, and how much memory it holds on to.

use anyhow::{Result, ensure};

use crate::process::{self, cargo};
use crate::project::Project;
use crate::{build, npm, tools};

/// Refresh ten thousand times in one page of Chromium, and plot its memory.
///
/// Each refresh goes the whole way, to the local provider and back. Then clients are made and closed. Fails if the
/// JavaScript heap or the module's memory grew by more than noise. `cargo xtask test` does the same with a thousand.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many refreshes.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(20..))]
    refreshes: u32,
    /// How many clients are made and closed after that.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(20..))]
    pairs: u32,
}

const TRIAL: [&str; 6] = ["test", "--locked", "-p", "browser-tests", "--", "chromium::ten-thousand-refreshes"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let geckodriver = tools::browsers(project)?;
    build::package(project)?;
    npm::install(project, "www/provider")?;
    // A name that fits nothing would be a success.
    let list = process::run_quietly(cargo(project.root()).args(TRIAL).arg("--list"))?;
    ensure!(list.contains(": test"), "there is no such trial: {}", TRIAL.join(" "));
    let mut test = cargo(project.root());
    test.args(TRIAL);
    test.env("KEYWARD_GECKODRIVER", geckodriver);
    test.env("KEYWARD_SOAK_REFRESHES", args.refreshes.to_string());
    test.env("KEYWARD_SOAK_PAIRS", args.pairs.to_string());
    process::run(&mut test)
}
