//! `cargo xtask requirements`: which tests show that each numbered requirement is kept, and what came of them.

use std::fs;

use anyhow::{Result, bail, ensure};

use crate::project::Project;
use crate::test::{self, Results};

mod matrix;
mod stories;
mod table;

use matrix::Matrix;
use stories::Stories;
use table::Table;

/// The numbered requirements, beside the repository.
const REQUIREMENTS: &str = "../shared/REQUIREMENTS.md";

/// What must have tests, all of which pass: a letter with every number, or one number.
const PROVEN: &[&str] = &["A", "B", "C", "D", "J1", "J2", "K1", "K4", "K5"];

/// Run the unit tests and the misbehaving provider, and print, for each numbered requirement, how many tests carry its number and what came of them.
///
/// A test belongs to the requirements that its name begins with: `a3_...`, `c1_c2_...`; a browser's story to those that
/// tests/browser/requirements.txt says. Of the simulation and the browsers it takes what the last `cargo xtask test` saw.
/// Fails if one of A to D, J1, J2, K1, K4 or K5 has no test, or any requirement has one that fails. The requirements are
/// read from ../shared/REQUIREMENTS.md.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run nothing: take the results of the last `cargo xtask test` for everything.
    #[arg(long)]
    last: bool,
    /// Print browser story x engine instead, as the last `cargo xtask test` saw it.
    #[arg(long)]
    stories: bool,
    /// Name every test below its requirement.
    #[arg(long)]
    tests: bool,
    /// Only this requirement, or those of this letter; may be given several times.
    #[arg(long, value_name = "NUMBER")]
    only: Vec<String>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if args.stories {
        Matrix::of(&Results::of_last_run(project)?).print();
        return Ok(());
    }
    let Some(text) = text(project) else { bail!("{REQUIREMENTS} is missing") };
    let results = if args.last { Results::of_last_run(project)? } else { test::native_results(project) };
    ensure!(!results.0.is_empty(), "there are no results: run `cargo xtask test` first");
    let mut table = Table::of(&text, &results, &Stories::read(project)?);
    table.choose(&args.only);
    table.print(args.tests);
    table.judge(PROVEN)
}

/// The end of `cargo xtask test`: the table of what was just collected. `None`: the requirements are not here, which
/// only CI takes for a failure.
pub(crate) fn check(project: &Project, results: &Results) -> Option<Result<()>> {
    let Some(text) = text(project) else {
        println!("not compared with the requirements: {REQUIREMENTS} is missing");
        return std::env::var_os("CI").map(|_| bail!("{REQUIREMENTS} is missing"));
    };
    let judge = |stories| {
        let table = Table::of(&text, results, &stories);
        table.print(false);
        Matrix::of(results).print();
        table.judge(PROVEN)
    };
    Some(Stories::read(project).and_then(judge))
}

fn text(project: &Project) -> Option<String> {
    fs::read_to_string(project.path(REQUIREMENTS)).ok()
}
