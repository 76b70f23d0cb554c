//! The project's commands, one file a command: `cargo xtask --help`.

mod audit;
mod bench;
mod build;
mod consumers;
mod demo;
mod fuzz;
mod mutants;
mod npm;
mod process;
mod project;
mod reproduce;
mod requirements;
mod sbom;
mod simulate;
mod size;
mod soak;
mod temp;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use project::Project;

/// The commands of the Keyward repository.
///
/// Each one says what it is doing, installs what it can (the wasm32 target, npm packages by their lock files; on Debian
/// as root also the browsers) and otherwise says exactly what is missing. All of them work in a fresh clone that has
/// rustup and Node.js 20 or newer.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Audit(audit::Args),
    Bench(bench::Args),
    Build(build::Args),
    Consumers(consumers::Args),
    Demo(demo::Args),
    Fuzz(fuzz::Args),
    Mutants(mutants::Args),
    Reproduce(reproduce::Args),
    Requirements(requirements::Args),
    Simulate(simulate::Args),
    Size(size::Args),
    Soak(soak::Args),
    Test(test::Args),
}

fn main() -> ExitCode {
    match obey(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command) -> Result<()> {
    let project = Project::find()?;
    match command {
        Command::Audit(args) => audit::command(&project, &args),
        Command::Bench(args) => bench::run(&project, &args),
        Command::Build(args) => build::run(&project, &args),
        Command::Consumers(args) => consumers::run(&project, &args),
        Command::Demo(args) => demo::run(&project, &args),
        Command::Fuzz(args) => fuzz::run(&project, &args),
        Command::Mutants(args) => mutants::run(&project, &args),
        Command::Reproduce(args) => reproduce::run(&project, &args),
        Command::Requirements(args) => requirements::run(&project, &args),
        Command::Simulate(args) => simulate::run(&project, &args),
        Command::Size(args) => size::run(&project, &args),
        Command::Soak(args) => soak::run(&project, &args),
        Command::Test(args) => test::run(&project, &args),
    }
}
