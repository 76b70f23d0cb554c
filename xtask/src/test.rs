//! `cargo xtask test`: every test, in groups, one after the other so that browsers get the machine to themselves.

use std::process::{Command, exit};
use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::project::Project;
use crate::{bench, build, fuzz, npm, process, requirements, simulate, size, tools};

mod consumer;
mod lint;
mod package;
mod results;
mod runner;
mod tally;

pub(crate) use results::{Outcome, Results};
pub(crate) use tally::Tally;

/// Run every test, go on past failures, and say at the end what passed.
///
/// Installs what the tests need where it can: the wasm32 target, npm packages, geckodriver, and on Debian as root the
/// browsers. Tests of a runner are counted as that runner counts them, each other check as one test. The last line is
/// "N passed, N failed"; the exit status is a failure if anything failed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this group only; may be given several times.
    #[arg(long, value_name = "GROUP", value_enum)]
    only: Vec<Group>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Formatting, clippy natively and for wasm32, documentation without warnings.
    Lint,
    /// Native tests of the library and of these commands.
    Unit,
    /// Scenarios and 20,000 random histories of tabs, workers, storage and provider in virtual time.
    Simulation,
    /// A provider that misbehaves, published vectors, tokens judged beside other crates, the fuzz targets' seeds.
    Hostile,
    /// Every fuzz target for half a minute (in CI ten seconds), where there is a nightly compiler; else the seeds once more.
    Fuzz,
    /// A fresh crate outside the repository that depends on keyward: it compiles and exports nothing of ours.
    Consumer,
    /// The npm package within its size budget.
    Size,
    /// The packed npm package, installed in projects outside the repository: imports, types, package.json.
    Package,
    /// Keyward beside another SDK in three rounds: fails only where it has become grossly slower or larger.
    Bench,
    /// End to end in Chromium, Firefox and WebKitGTK.
    Browser,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    // The bench asks for a machine without anything else on it, so it runs where it is named.
    let chosen = |it: &Group| if args.only.is_empty() { *it != Group::Bench } else { args.only.contains(it) };
    let groups: Vec<Group> = Group::value_variants().iter().copied().filter(chosen).collect();
    let mut results = Vec::new();
    let mut outcomes = Results::default();
    for (number, group) in groups.iter().enumerate() {
        println!("\n━━ {} ({} of {}) ━━", group.name(), number + 1, groups.len());
        let started = Instant::now();
        let tally = group.tally(project);
        outcomes.add(&group.name(), &tally);
        results.push((group.name(), tally, started.elapsed().as_secs()));
    }
    outcomes.keep(project)?;
    if args.only.is_empty() {
        println!("\n━━ requirements ━━");
        if let Some(judgement) = requirements::check(project, &outcomes) {
            let mut tally = Tally::default();
            tally.check("every requirement that must have tests has some, and none fails", || judgement);
            results.push(("requirements".to_owned(), tally, 0));
        }
    }

    println!("\n━━ summary ━━\n{:<12}{:>8}{:>8}{:>9}{:>10}", "group", "passed", "failed", "ignored", "seconds");
    let mut all = Tally::default();
    for (group, tally, seconds) in results {
        let Tally { passed, failed, ignored, .. } = &tally;
        println!("{group:<12}{passed:>8}{failed:>8}{ignored:>9}{seconds:>10}");
        all.add(tally.prefixed(&group));
    }
    all.tell_failures();
    println!("{} passed, {} failed", all.passed, all.failed);
    if all.failed > 0 {
        // Said already: nothing may follow the line with the numbers.
        exit(1);
    }
    Ok(())
}

/// `cargo xtask bench --reduced`.
pub(crate) fn bench(project: &Project) -> Result<()> {
    run(project, &Args { only: vec![Group::Bench] })
}

/// What the quick native groups say now and the others said last, for `cargo xtask requirements`.
pub(crate) fn native_results(project: &Project) -> Results {
    let mut results = Results::of_last_run(project).unwrap_or_default();
    let now = [Group::Unit, Group::Hostile];
    results.0.retain(|outcome| now.iter().all(|group| group.name() != outcome.group));
    for group in now {
        results.add(&group.name(), &group.tally(project));
    }
    results
}

impl Group {
    /// Runs the group, whatever happens.
    fn tally(self, project: &Project) -> Tally {
        let mut tally = Tally::default();
        if let Err(error) = self.run(project, &mut tally) {
            tally.fail("the group runs to its end", &error);
        }
        if tally.is_empty() {
            tally.fail("there is a test", &anyhow::anyhow!("no test ran"));
        }
        tally
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, project: &Project, tally: &mut Tally) -> Result<()> {
        match self {
            Group::Lint => lint::run(project, tally),
            Group::Unit => native(
                project,
                tally,
                &[
                    &["-p", "keyward", "--all-features", "--lib"],
                    &["-p", "keyward", "--all-features", "--doc"],
                    &["-p", "xtask"],
                ],
            ),
            Group::Simulation => simulate::test(project, tally),
            Group::Hostile => native(project, tally, &[&["-p", "hostile-tests"], &["-p", "vector-tests"]]),
            Group::Fuzz => fuzzed(project, tally),
            Group::Consumer => consumer::run(project, tally),
            Group::Size => {
                tally.check("the npm package keeps its size budget", || size::run(project, &size::Args::default()));
                Ok(())
            }
            Group::Package => package::run(project, tally),
            Group::Bench => bench::reduced(project, tally),
            Group::Browser => browser(project, tally),
        }
    }
}

fn native(project: &Project, tally: &mut Tally, packages: &[&[&str]]) -> Result<()> {
    for package in packages {
        let mut tests = process::cargo(project.root());
        tally.run_tests(tests.args(["test", "--locked", "--no-fail-fast"]).args(*package))?;
    }
    Ok(())
}

fn fuzzed(project: &Project, tally: &mut Tally) -> Result<()> {
    if !tools::nightly() {
        println!("{}", fuzz::NO_NIGHTLY);
        return tally.run_tests(&mut fuzz::seeds(project));
    }
    let seconds = fuzz::seconds_in_tests();
    if seconds < fuzz::SECONDS {
        tally.note(&format!(
            "{seconds} s for each target instead of {}; `cargo xtask fuzz` runs as long as it is told",
            fuzz::SECONDS
        ));
    }
    let fuzzer = fuzz::Fuzzer::build(project)?;
    for (target, result) in fuzzer.run(&fuzz::targets(project)?, seconds) {
        tally.check(&format!("fuzz {target}"), || result.map(|summary| println!("{target}: {summary}")));
    }
    Ok(())
}

fn browser(project: &Project, tally: &mut Tally) -> Result<()> {
    let geckodriver = tools::browsers(project)?;
    build::package(project)?;
    build::storage_probe(project)?;
    build::yew_app(project)?;
    build::vector_judge(project)?;
    build::framework_apps(project)?;
    npm::install(project, "www/provider")?;
    let app = npm::install(project, "www/linked-accounts")?;
    process::run(Command::new("node").arg(app.join("generate.mjs")))?;

    let mut tests = process::cargo(project.root());
    tests.args(["test", "--locked", "-p", "browser-tests"]).env("KEYWARD_GECKODRIVER", geckodriver);
    tally.run_tests(&mut tests)?;
    // A browser that was left out has proved nothing.
    if tally.ignored > 0 {
        tally.fail("no browser test is left out", &anyhow::anyhow!("{} were ignored", tally.ignored));
    }
    Ok(())
}
