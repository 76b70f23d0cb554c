//! Keyward's client against a provider that misbehaves, over real HTTP and with real signatures. A test's name begins
//! with the number of the requirement that it is about.
//!
//! `cargo test -p hostile-tests` runs everything and ends with a table by requirement; `-- --list`, `-- a5` and
//! `-- d1_id_token_exp` choose.

mod judge;
mod native;
mod scenarios;
mod stage;

use hostile_tests::{Misbehaviour, Phase};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// How many passed and failed, by requirement.
type Tally = Arc<Mutex<BTreeMap<String, (usize, usize)>>>;

/// Fewer would mean that a table was lost.
const LEAST_MISBEHAVIOURS: usize = 120;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(4);
    let listing = arguments.list;
    let tally = Tally::default();
    let misbehaviours = hostile_tests::misbehaviours::all();
    let hostile = misbehaviours.iter().filter(|misbehaviour| misbehaviour.expect.phase != Phase::Never).count();
    assert!(hostile >= LEAST_MISBEHAVIOURS, "only {hostile} misbehaviours");
    let total = misbehaviours.len();
    let names: BTreeSet<String> = misbehaviours.iter().map(Misbehaviour::id).collect();
    assert_eq!(names.len(), total, "two misbehaviours have one name");
    let tabled = misbehaviours.into_iter().map(|misbehaviour| {
        let name = misbehaviour.id();
        trial(name, &tally, move || judge::judge(&misbehaviour))
    });
    let scenarios = scenarios::all().into_iter().map(|(name, scenario)| trial(name.to_owned(), &tally, scenario));
    let trials: Vec<Trial> = tabled.chain(scenarios).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !listing {
        println!("{hostile} misbehaviours, {} harmless peculiarities", total - hostile);
        print(&tally);
    }
    conclusion.exit_code()
}

fn trial(name: String, tally: &Tally, test: impl FnOnce() + Send + 'static) -> Trial {
    let (requirement, tally) = (name.split('_').next().unwrap_or_default().to_ascii_uppercase(), tally.clone());
    Trial::test(name, move || {
        let outcome = catch_unwind(AssertUnwindSafe(test));
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        let (passed, failed) = tally.entry(requirement).or_default();
        *if outcome.is_ok() { passed } else { failed } += 1;
        outcome.map_err(|panic| Failed::from(said(panic.as_ref())))
    })
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

fn print(tally: &Tally) {
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    println!("requirement  passed  failed");
    for (requirement, (passed, failed)) in tally.iter() {
        println!("{requirement:<11}{passed:>8}{failed:>8}");
    }
}
