//! `cargo xtask consumers`: the packed package in projects of every bundler and framework, built, opened and signed in to.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::project::Project;
use crate::temp::TempFolder;
use crate::test::Tally;
use crate::{build, npm, process, reproduce, tools};

/// Install the packed package in a project of every bundler and framework, build each, open it in Chromium and sign in
/// at the local provider.
///
/// Without names all of them run, which takes a quarter of an hour and downloads what they consist of. The tests have a
/// small part of them every day, by the date.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Those to run: vite, next, angular, ...; a name that is not known lists them.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    build::package(project)?;
    let folder = TempFolder::new("consumers")?;
    let mut command = prepared(project, folder.path())?;
    process::run(command.args(&args.names))
}

/// The part of this day: some minutes of all would be too much for every run, and all come round.
pub(crate) fn of_today(project: &Project, tally: &mut Tally) -> Result<()> {
    let folder = TempFolder::new("consumers")?;
    let mut command = prepared(project, folder.path())?;
    tally.run_tests(command.arg("--part").arg(today()?.to_string()))
}

/// By the number of the day since 1970; each has its part.
fn today() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is wrong")?.as_secs() / (24 * 60 * 60))
}

fn prepared(project: &Project, folder: &Path) -> Result<Command> {
    tools::chromium()?;
    npm::install(project, "www/provider")?;
    let script = npm::install(project, "tests/consumers")?.join("run.mjs");
    let tarball = reproduce::pack(&project.path("pkg"), folder)?;
    let starter = reproduce::pack(&project.path("create-keyward"), folder)?;
    let mut command = Command::new("node");
    command.arg(script).arg("--tarball").arg(tarball).arg("--starter").arg(starter).arg("--folder").arg(folder);
    Ok(command)
}
