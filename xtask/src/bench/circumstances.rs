//! What the numbers were taken with: date, machine, browser, versions.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::report::Circumstances;
use super::sdk::Sdk;
use super::stage::{Cache, Stage};
use crate::process::run_quietly;
use crate::project::Project;

pub(super) fn note(
    project: &Project,
    stage: &mut Stage,
    sdks: &[Sdk],
    seed: u64,
    minutes: u64,
) -> Result<Circumstances> {
    Ok(Circumstances {
        date: run_quietly(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned(),
        machine: machine(),
        browser: stage.browser(Cache::Warm).version()?,
        rounds: stage.rounds,
        seed,
        versions: sdks.iter().map(|sdk| Ok((*sdk, version(project, *sdk)?))).collect::<Result<_>>()?,
        unable: std::mem::take(&mut stage.unable),
        repeated: std::mem::take(&mut stage.repeated),
        minutes,
    })
}

/// The kind of machine, never its name.
fn machine() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    let gigabytes = kilobytes.and_then(|it| it.parse::<u64>().ok()).unwrap_or_default() / 1_000_000;
    format!("{model}, {cores} cores, {gigabytes} GB, {}", std::env::consts::OS)
}

fn version(project: &Project, sdk: Sdk) -> Result<String> {
    let folder = match sdk {
        Sdk::Keyward => project.path("pkg"),
        _ => project.path("tests/bench/node_modules").join(sdk.package()),
    };
    let manifest = fs::read_to_string(folder.join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest)?;
    Ok(manifest["version"].as_str().context("a package without a version")?.to_owned())
}
