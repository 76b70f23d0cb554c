//! The programs that commands need: found, installed where that is our business, or named with the way to get them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo, run_quietly, which};
use crate::project::Project;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const OLDEST_NODE: u32 = 20;
const GECKODRIVER_VERSION: &str = "0.37.1";
const CARGO_FUZZ_VERSION: &str = "0.13.2";
const CARGO_MUTANTS_VERSION: &str = "27.1.0";

/// What the browser tests start, and the Debian package that brings it.
const BROWSER_PROGRAMS: [(&str, &str); 5] = [
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("firefox", "firefox-esr"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("Xvfb", "xvfb"),
];

/// The standard library for WebAssembly, through rustup.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = run_quietly(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    if which("rustup").is_none() {
        bail!("the Rust target {WASM_TARGET} is missing and there is no rustup to add it; see https://rustup.rs");
    }
    process::run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
}

/// Node.js, new enough, with npm.
pub(crate) fn node() -> Result<()> {
    let hint = format!("install Node.js {OLDEST_NODE} or newer, with npm, from https://nodejs.org or your system");
    if which("node").is_none() || which("npm").is_none() {
        bail!("Node.js or npm is missing: {hint}");
    }
    let version = run_quietly(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node.js {} is too old: {hint}", version.trim()),
    }
}

/// Chromium, Firefox, WebKitGTK, their WebDriver servers and a display for them. Returns geckodriver's place.
pub(crate) fn browsers(project: &Project) -> Result<PathBuf> {
    have(&BROWSER_PROGRAMS)?;
    geckodriver(project)
}

/// Chromium and its WebDriver server alone.
pub(crate) fn chromium() -> Result<()> {
    have(BROWSER_PROGRAMS.split_at(2).0)
}

fn have(programs: &[(&'static str, &'static str)]) -> Result<()> {
    let missing = missing_of(programs);
    if !missing.is_empty() {
        install_debian_packages(&missing)?;
    }
    let missing = missing_of(programs);
    if !missing.is_empty() {
        bail!("{} not on PATH after the installation", names(&missing, |(program, _)| program));
    }
    Ok(())
}

fn missing_of(programs: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    programs.iter().copied().filter(|(program, _)| which(program).is_none()).collect()
}

fn install_debian_packages(missing: &[(&str, &str)]) -> Result<()> {
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    let debian = Path::new("/etc/debian_version").is_file() && which("apt-get").is_some();
    let root = run_quietly(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0");
    if !(debian && root) {
        bail!(
            "the browser tests need {}, not found on PATH. On Debian: sudo apt-get install {}",
            names(missing, |(program, _)| program),
            packages.join(" ")
        );
    }
    // Without fonts a browser lays out empty boxes.
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").stdin(std::process::Stdio::null());
        apt
    };
    process::run(apt().args(["update", "--quiet"]))?;
    process::run(
        apt().args(["install", "--yes", "--quiet", "--no-install-recommends", "fonts-dejavu-core"]).args(packages),
    )
}

/// Debian has no package of it. Built without optimisation: it waits for Firefox most of its life.
fn geckodriver(project: &Project) -> Result<PathBuf> {
    from_registry(project, "geckodriver", GECKODRIVER_VERSION)
}

/// Builds and starts fuzz targets.
pub(crate) fn cargo_fuzz(project: &Project) -> Result<PathBuf> {
    from_registry(project, "cargo-fuzz", CARGO_FUZZ_VERSION)
}

/// Changes the code and asks the tests whether they notice.
pub(crate) fn cargo_mutants(project: &Project) -> Result<PathBuf> {
    from_registry(project, "cargo-mutants", CARGO_MUTANTS_VERSION)
}

/// Whether there is a nightly compiler. None is installed unasked: it is half a gigabyte, and changes every day.
pub(crate) fn nightly() -> bool {
    run_quietly(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])).is_ok()
}

/// A program that is on PATH, or built from the registry into target/tools.
fn from_registry(project: &Project, name: &str, version: &str) -> Result<PathBuf> {
    if let Some(found) = which(name) {
        return Ok(found);
    }
    let root = project.path("target/tools");
    let program = root.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    eprintln!("Building {name} {version} into {}", project.shown(&root));
    let build = root.join("build");
    let install = |lock: &[&str]| {
        let mut install = cargo(project.root());
        install.args(["install", name, "--version", version, "--debug"]).args(lock);
        install.arg("--root").arg(&root).arg("--target-dir").arg(&build);
        process::run(&mut install)
    };
    // A lock file may name a release that was withdrawn since.
    install(&["--locked"])
        .or_else(|_| install(&[]))
        .with_context(|| format!("{name} {version} is missing: put it on PATH"))?;
    // Hundreds of megabytes that nobody asks for again.
    if let Err(error) = fs::remove_dir_all(&build) {
        eprintln!("{} is left over: {error}", project.shown(&build));
    }
    Ok(program)
}

fn names<T>(items: &[T], name: impl Fn(&T) -> &str) -> String {
    items.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Where the compiler keeps its own files.
pub(crate) fn sysroot() -> Option<PathBuf> {
    let path = run_quietly(Command::new("rustc").args(["--print", "sysroot"])).ok()?;
    Some(PathBuf::from(path.trim()))
}
