//! `cargo xtask simulate`: tabs, workers, storage and provider in virtual time.

mod fault_list;
mod faults;

use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{self, cargo};
use crate::project::Project;
use crate::test::Tally;

/// As many as CI lives through.
const HISTORIES: u64 = 20_000;
/// So many things go wrong at most where every order is gone through: 45 million states, some 70 seconds on two cores.
const DISTURBANCES: u8 = 2;

/// Live through random histories and check the invariants after every step.
///
/// Prints how many histories, steps, faults and requests there were. A history that goes wrong is shown step by step,
/// with its seed: `--seed` lives through that one again. docs/simulation.md says what is simulated and what must hold.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many histories.
    #[arg(long, value_name = "N", default_value_t = HISTORIES)]
    histories: u64,
    /// As many histories as there is time for.
    #[arg(long, value_name = "N", conflicts_with = "histories")]
    minutes: Option<u64>,
    /// The seed of the first history.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// The history of this seed only.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["histories", "minutes", "from"])]
    seed: Option<u64>,
    /// Instead: plant deliberate faults in a copy of the library, one at a time, and see that each is caught.
    #[arg(long, conflicts_with_all = ["histories", "minutes", "from", "seed"])]
    faults: bool,
    /// Instead: go through every order of what can happen to two tabs at an expiry, and of up to two things that go wrong.
    #[arg(long, conflicts_with_all = ["histories", "minutes", "from", "seed", "faults"])]
    exhaustive: bool,
    /// So many things go wrong in each setting, also in those where it takes minutes and gigabytes.
    #[arg(long, value_name = "N", requires = "exhaustive")]
    disturbances: Option<u8>,
    /// Instead: so many clients of one provider that fails for five minutes, with their requests per second as charts.
    #[arg(long, value_name = "CLIENTS", conflicts_with_all = ["histories", "minutes", "from", "seed", "faults", "exhaustive"])]
    fleet: Option<u32>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if args.faults {
        let mut tally = Tally::default();
        faults::run(project, &mut tally)?;
        let missed: Vec<&str> = tally.failures.iter().map(|it| it.name.as_str()).collect();
        ensure!(missed.is_empty(), "not caught: {}", missed.join(", "));
        return Ok(());
    }
    if let Some(clients) = args.fleet {
        let mut fleet = tests(project);
        fleet.args(["--", "a_fleet_is_gentle", "--nocapture", "--test-threads", "1"]);
        return process::run(fleet.env("KEYWARD_FLEET", clients.to_string()));
    }
    if args.exhaustive {
        let mut search = tests(project);
        search.args(["--", "every_order_keeps_the_invariants", "--nocapture"]);
        search.env("KEYWARD_DISTURBANCES", DISTURBANCES.to_string());
        search.envs(args.disturbances.map(|each| ("KEYWARD_DISTURBANCES_IN_EACH", each.to_string())));
        return process::run(&mut search);
    }
    let mut tests = tests(project);
    tests.args(["--", "whatever_happens_the_invariants_hold", "--nocapture"]);
    match (args.seed, args.minutes) {
        (Some(seed), _) => tests.env("KEYWARD_SEED", seed.to_string()),
        (None, Some(minutes)) => tests.env("KEYWARD_MINUTES", minutes.to_string()),
        (None, None) => tests.env("KEYWARD_HISTORIES", args.histories.to_string()),
    };
    process::run(tests.env("KEYWARD_FIRST_SEED", args.from.to_string()))
}

/// The group of `cargo xtask test`: the scenarios, and what takes longer.
pub(crate) fn test(project: &Project, tally: &mut Tally) -> Result<()> {
    // The summary of what was simulated belongs into the log.
    let mut tests = tests(project);
    tests.env("KEYWARD_HISTORIES", HISTORIES.to_string()).env("KEYWARD_DISTURBANCES", DISTURBANCES.to_string());
    tally.run_tests(&mut tests)?;
    faults::run(project, tally)
}

/// The simulation, optimised: more histories are worth the longer build.
pub(crate) fn tests(project: &Project) -> Command {
    let mut tests = cargo(project.root());
    tests.args(["test", "--locked", "--profile", "simulation", "-p", "keyward", "--features", "sim"]);
    tests.args(["--test", "simulation"]);
    tests
}
