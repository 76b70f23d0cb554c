//! `cargo xtask fuzz`: everything that decodes what others wrote, with made-up inputs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::process::{self, cargo, run_quietly};
use crate::project::Project;
use crate::tools;

mod keep;

/// Bounds of every run: an input of at most 8 KiB is judged within 5 seconds, no single allocation is over 64 MiB, and
/// the process, with the memory that the sanitizer takes for itself, stays under 512 MiB.
const BOUNDS: [&str; 4] = ["-max_len=8192", "-timeout=5", "-malloc_limit_mb=64", "-rss_limit_mb=512"];
/// What the sanitizer keeps of freed memory would count, too.
const SANITIZER: &str = "detect_odr_violation=0:quarantine_size_mb=16";
const SIDE_BY_SIDE: usize = 2;

/// Fuzz the decoders, two side by side, and say how much was tried.
///
/// Needs a nightly compiler, and builds cargo-fuzz into target/tools if there is none on PATH. Without nightly the inputs
/// that are kept in fuzz/seeds are judged by the stable compiler, and nothing new is tried. An input that fails is kept
/// in fuzz/artifacts, and the command that judges it again is printed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs; 0 goes on until something is found.
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u32,
    /// This target only; may be given several times. Each file in fuzz/targets is one.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Judge this input and nothing else.
    #[arg(long, value_name = "FILE", requires = "target")]
    replay: Option<PathBuf>,
    /// Afterwards, add to fuzz/seeds the few small inputs that reach code which no seed reaches.
    #[arg(long)]
    keep: bool,
}

/// How long each target runs if nobody says otherwise.
pub(crate) const SECONDS: u32 = 30;

/// The same in `cargo xtask test`: CI has two cores and more to do.
pub(crate) fn seconds_in_tests() -> u32 {
    if std::env::var_os("CI").is_some() { SECONDS / 3 } else { SECONDS }
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if !tools::nightly() {
        eprintln!("{NO_NIGHTLY}");
        ensure!(args.replay.is_none() && !args.keep, "only the fuzzer can do that");
        return process::run(&mut seeds(project));
    }
    let known = targets(project)?;
    if let Some(unknown) = args.target.iter().find(|name| !known.contains(name)) {
        bail!("there is no target {unknown}; there are {}", known.join(", "));
    }
    let chosen = if args.target.is_empty() { known } else { args.target.clone() };
    let fuzzer = Fuzzer::build(project)?;
    if let Some(input) = &args.replay {
        return chosen.iter().try_for_each(|target| process::run(fuzzer.command(target).arg(input)));
    }
    let results = fuzzer.run(&chosen, args.seconds);
    let failed = results.iter().filter(|(_, result)| result.is_err()).count();
    for (target, result) in results {
        match result {
            Ok(summary) => println!("{target:<18}{summary}"),
            Err(error) => println!("{target:<18}FAILED\n{error:#}"),
        }
    }
    if args.keep {
        chosen.iter().try_for_each(|target| keep::keep(&fuzzer, target))?;
    }
    ensure!(failed == 0, "{failed} of {} targets failed", chosen.len());
    Ok(())
}

/// What is said where nothing can be fuzzed.
pub(crate) const NO_NIGHTLY: &str = "There is no nightly compiler (rustup toolchain install nightly --profile minimal), so nothing new is tried: \
     only the inputs in fuzz/seeds, and random changes of them, with the stable compiler.";

/// The inputs of fuzz/seeds, judged without a fuzzer.
pub(crate) fn seeds(project: &Project) -> Command {
    let mut tests = cargo(project.root());
    tests.args(["test", "--locked", "-p", "vector-tests", "corpus"]);
    tests
}

/// Every target: one file each.
pub(crate) fn targets(project: &Project) -> Result<Vec<String>> {
    let folder = project.path("fuzz/targets");
    let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut targets = Vec::new();
    for file in files {
        targets.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

/// The targets, compiled.
pub(crate) struct Fuzzer<'a> {
    project: &'a Project,
    programs: PathBuf,
}

impl<'a> Fuzzer<'a> {
    pub(crate) fn build(project: &'a Project) -> Result<Self> {
        let cargo_fuzz = tools::cargo_fuzz(project)?;
        let host = run_quietly(Command::new("rustup").args(["run", "nightly", "rustc", "--print", "host-tuple"]))?;
        let mut build = Command::new("rustup");
        // Cargo tells its subcommand which Cargo it is, and looks for the subcommand on PATH.
        build.args(["run", "nightly", "cargo", "fuzz", "build", "--target-dir"]).arg(project.path("target/fuzz"));
        build.current_dir(project.root()).env("PATH", with_folder_of(&cargo_fuzz)?).env_remove("CARGO");
        process::run(&mut build)?;
        Ok(Self { project, programs: project.path("target/fuzz").join(host.trim()).join("release") })
    }

    /// Each target for so many seconds, `SIDE_BY_SIDE` of them at a time; what was tried, or what went wrong.
    pub(crate) fn run(&self, targets: &[String], seconds: u32) -> Vec<(String, Result<String>)> {
        let waiting = Mutex::new(targets.iter());
        let results = Mutex::new(Vec::new());
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE.min(cores) {
                scope.spawn(|| {
                    while let Some(target) = waiting.lock().ok().and_then(|mut waiting| waiting.next()) {
                        eprintln!("fuzzing {target}");
                        let result = self.fuzz(target, seconds);
                        results
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .push((target.clone(), result));
                    }
                });
            }
        });
        let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        results.sort_by(|(one, _), (other, _)| one.cmp(other));
        results
    }

    fn fuzz(&self, target: &str, seconds: u32) -> Result<String> {
        let (corpus, artifacts) = (self.folder("corpus", target), self.folder("artifacts", target));
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        let log = self.programs.join(target).with_extension("log");
        let mut fuzz = self.command(target);
        fuzz.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        fuzz.arg(self.artifacts(target)).arg(corpus).arg(self.folder("seeds", target));
        let status = fuzz.stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?).status()?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if status.success() {
            return summary(&said);
        }
        let shown = |file: &str| self.project.shown(Path::new(file)).to_string();
        let again = match written_to(&said) {
            Some(input) => format!("once more: cargo xtask fuzz --target {target} --replay {}", shown(input)),
            None => format!("it left no input ({status})"),
        };
        Err(anyhow!("{}\n{again}", what_failed(&said)))
    }

    /// A target with its bounds.
    fn command(&self, target: &str) -> Command {
        let mut command = Command::new(self.programs.join(target));
        command.args(BOUNDS).env("ASAN_OPTIONS", SANITIZER).current_dir(self.project.root());
        command
    }

    /// Where an input that fails is kept.
    fn artifacts(&self, target: &str) -> String {
        format!("-artifact_prefix={}/", self.folder("artifacts", target).display())
    }

    fn folder(&self, kind: &str, target: &str) -> PathBuf {
        self.project.path("fuzz").join(kind).join(target)
    }
}

/// PATH, with the folder of a program before all others.
fn with_folder_of(program: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folder = program.parent().context("a program is in a folder")?.to_path_buf();
    Ok(std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)))?)
}

/// What libFuzzer says at its end, in a line.
fn summary(said: &str) -> Result<String> {
    let number = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|number| number.trim().parse::<u64>().ok())
    };
    let tried = number("stat::number_of_executed_units:").filter(|tried| *tried > 0);
    let tried = tried.with_context(|| format!("it tried nothing:\n{}", last_lines(said, 20)))?;
    let peak = number("stat::peak_rss_mb:").unwrap_or_default();
    let kept = said.lines().rev().find(|line| line.contains(" cov: ")).unwrap_or_default();
    let after = |word: &str| kept.split_once(word).and_then(|(_, rest)| rest.split(' ').next()).unwrap_or("?");
    Ok(format!("{tried} inputs, {} places reached, at most {peak} MB", after(" cov: ")))
}

/// The file that libFuzzer kept the failing input in.
fn written_to(said: &str) -> Option<&str> {
    said.lines().rev().find_map(|line| line.split_once("Test unit written to ")).map(|(_, file)| file.trim())
}

/// What the target or the fuzzer says of the failing input, without the stack below it.
fn what_failed(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let begins = |line: &&str| line.contains(" panicked at ") || line.contains("ERROR: ");
    match lines.iter().position(begins).and_then(|at| lines.get(at..)) {
        Some(lines) => lines.iter().take(6).copied().collect::<Vec<_>>().join("\n"),
        None => last_lines(said, 20),
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_fuzzer_says_at_its_end() {
        let said = "#2\tINITED cov: 5 ft: 6 corp: 1/1b exec/s: 0 rss: 40Mb\n#900\tDONE   cov: 71 ft: 90 corp: 9/1Kb\n\
                    Done 900 runs in 31 second(s)\nstat::number_of_executed_units: 900\nstat::peak_rss_mb:              86\n";
        assert_eq!(summary(said).unwrap(), "900 inputs, 71 places reached, at most 86 MB");
    }

    #[test]
    fn a_fuzzer_that_tried_nothing_has_failed() {
        assert!(summary("Done 0 runs\nstat::number_of_executed_units: 0\n").is_err());
        assert!(summary("").is_err());
    }

    #[test]
    fn finds_the_input_that_failed() {
        let said = "==7== ERROR: libFuzzer: deadly signal\nartifact_prefix='a/'; Test unit written to a/crash-0f\nBase64: eA==\n";
        assert_eq!(written_to(said), Some("a/crash-0f"));
        assert_eq!(written_to("killed"), None);
        assert_eq!(last_lines("1\n2\n3", 2), "2\n3");
        let said = "#1 INITED\nthread '<unnamed>' panicked at src/a.rs:1:2:\nA5: iss\nstack\n2\n3\n4\n5\n";
        assert_eq!(what_failed(said), "thread '<unnamed>' panicked at src/a.rs:1:2:\nA5: iss\nstack\n2\n3\n4");
        assert_eq!(what_failed("killed"), "killed");
    }

    #[test]
    fn every_target_has_seeds_and_a_place_in_the_manifest() {
        let project = Project::find().unwrap();
        let manifest = fs::read_to_string(project.path("fuzz/Cargo.toml")).unwrap();
        let targets = targets(&project).unwrap();
        assert!(targets.len() >= 10, "{targets:?}");
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            assert!(project.path("fuzz/seeds").join(&target).is_dir(), "{target}");
        }
    }
}
