//! `cargo xtask mutants`: changes the protocol's code in small ways, and asks the tests whether they notice.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process;
use crate::project::Project;
use crate::tools;

const EXAMINED: &str = "src/protocol/**/*.rs";
/// Of a hundred that compile, at most so many may go unnoticed.
const MOST_SURVIVING: usize = 5;

/// Change `src/protocol` in some 900 small ways, one after the other, and see which changes no test notices.
///
/// The unit tests of the protocol judge each mutant, in a copy of the repository: some two seconds each where nothing else
/// runs, half an hour in all. `--survivors` asks the misbehaving provider about those that were missed. What changes
/// nothing is left out by .cargo/mutants.toml, which says why. Fails if more than 5 in 100 survive. Builds cargo-mutants
/// into target/tools if there is none on PATH; what it wrote is in target/mutants.out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// This file only; may be given several times.
    #[arg(long, value_name = "FILE", default_value = EXAMINED)]
    file: Vec<String>,
    /// Those that the last run missed, judged by the misbehaving provider; what was noticed then is taken off its list.
    #[arg(long, conflicts_with = "file")]
    survivors: bool,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let results = project.path("target/mutants.out");
    if !args.survivors {
        let mut mutants = mutants(project, "target")?;
        mutants.args(args.file.iter().flat_map(|file| ["--file", file]));
        mutants.args(["--cargo-test-arg=--lib", "--cargo-test-arg=protocol::"]);
        judge(&mut mutants)?;
        return report(&results);
    }
    let missed =
        lines(&results.join("missed.txt")).context("nothing was missed yet: run it without --survivors first")?;
    if missed.is_empty() {
        return report(&results);
    }
    let mut mutants = mutants(project, "target/mutants.survivors")?;
    mutants.args(["--file", EXAMINED, "--test-package=hostile-tests"]);
    mutants.args(missed.iter().flat_map(|name| ["--re".to_owned(), exactly(name)]));
    judge(&mut mutants)?;
    let again = project.path("target/mutants.survivors/mutants.out");
    let (survived, caught) = (lines(&again.join("missed.txt"))?, lines(&results.join("caught.txt"))?);
    let (still, noticed): (Vec<_>, Vec<_>) = missed.into_iter().partition(|name| survived.contains(name));
    write(&results.join("caught.txt"), caught.into_iter().chain(noticed))?;
    write(&results.join("missed.txt"), still.into_iter())?;
    report(&results)
}

fn mutants(project: &Project, output: &str) -> Result<Command> {
    let mut mutants = Command::new(tools::cargo_mutants(project)?);
    mutants.args(["mutants", "--package=keyward", "--no-shuffle", "--minimum-test-timeout=60", "--output"]);
    fs::create_dir_all(project.path(output))?;
    mutants.arg(project.path(output)).current_dir(project.root());
    // What is compiled once and run once. Random inputs are for finding what nobody thought of, and few will do.
    mutants.env("CARGO_PROFILE_DEV_DEBUG", "none").env("PROPTEST_CASES", "32");
    Ok(mutants)
}

/// cargo-mutants says with its status that some survived (2) or ran for ever (3): that is for the report.
fn judge(mutants: &mut Command) -> Result<()> {
    eprintln!("$ {}", process::in_words(mutants));
    let status = mutants.status().context("cargo-mutants cannot be started")?;
    match status.code() {
        Some(0 | 2 | 3) => Ok(()),
        _ => bail!("cargo-mutants did not run to its end ({status})"),
    }
}

fn report(results: &Path) -> Result<()> {
    let list = |name: &str| lines(&results.join(name));
    let (missed, caught) = (list("missed.txt")?, list("caught.txt")?.len() + list("timeout.txt")?.len());
    let judged = missed.len() + caught;
    ensure!(judged > 0, "no mutant was judged");
    missed.iter().for_each(|name| println!("survived: {name}"));
    println!("{judged} mutants, {caught} noticed, {} survived", missed.len());
    ensure!(missed.len() * 100 <= judged * MOST_SURVIVING, "more than {MOST_SURVIVING} in 100 survived");
    Ok(())
}

fn lines(file: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn write(file: &Path, lines: impl Iterator<Item = String>) -> Result<()> {
    Ok(fs::write(file, lines.map(|line| line + "\n").collect::<String>())?)
}

/// A regular expression for this text and no other.
fn exactly(text: &str) -> String {
    let mut expression = String::from("^");
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression + "$"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temp::TempFolder;

    #[test]
    fn counts_what_was_noticed_and_fails_when_too_many_survive() {
        let folder = TempFolder::new("mutants").unwrap();
        let fill =
            |name: &str, count: usize| write(&folder.path().join(name), (0..count).map(|it| it.to_string())).unwrap();
        for (missed, caught, timeout, well) in [(5, 93, 2, true), (6, 92, 2, false), (0, 0, 0, false)] {
            fill("missed.txt", missed);
            fill("caught.txt", caught);
            fill("timeout.txt", timeout);
            assert_eq!(report(folder.path()).is_ok(), well, "{missed} missed");
        }
    }

    #[test]
    fn a_name_is_taken_to_the_letter() {
        assert_eq!(exactly("a.rs:1: replace X<'_>::f -> bool || {"), r"^a\.rs:1: replace X<'_>::f -> bool \|\| \{$");
    }
}
