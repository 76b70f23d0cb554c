//! Every order of what can happen to two tabs whose token is about to expire, and of one thing that goes wrong in the
//! middle of it, or of two. The machine and what a context decides around it are the library's own; tabs, storage, lock,
//! network and provider are values.

mod actions;
mod book;
mod context;
mod judge;
mod model;
mod search;
mod state;
mod world;

use actions::Fault;
use model::Setting;
use search::{Summary, Violation};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// What is searched, the largest first. `least` are nine tenths of the states that there were: less would be a smaller world.
const SETTINGS: [Setting; 4] = [
    Setting { name: "rotation", locks: true, rotation: true, grace: false, faults: 2, least: [0, 40_000, 14_200_000] },
    Setting {
        name: "rotation, grace period",
        locks: true,
        rotation: true,
        grace: true,
        faults: 2,
        least: [0, 39_000, 14_700_000],
    },
    Setting {
        name: "no rotation",
        locks: true,
        rotation: false,
        grace: true,
        faults: 1,
        least: [0, 38_000, 15_000_000],
    },
    Setting {
        name: "rotation, no Web Locks",
        locks: false,
        rotation: true,
        grace: false,
        faults: 1,
        least: [0, 135_000, 55_000_000],
    },
];

/// `KEYWARD_DISTURBANCES` things go wrong at most; without it one, which takes seconds instead of minutes. With
/// `KEYWARD_DISTURBANCES_IN_EACH` so many do in each setting, however large that is.
#[test]
fn e1_e2_e4_e5_every_order_keeps_the_invariants() {
    let given = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u8>().expect("a number"));
    let most = given("KEYWARD_DISTURBANCES").unwrap_or(1);
    let in_each = given("KEYWARD_DISTURBANCES_IN_EACH");
    let faults = |setting: &Setting| in_each.unwrap_or(setting.faults.min(most));
    let begun = Instant::now();
    let results = search_all(&SETTINGS.map(|setting| Setting { faults: faults(&setting), ..setting }));
    let seconds = begun.elapsed().as_secs_f64();
    super::say(&report(&results, seconds));
    for (setting, result) in &results {
        let violation = result.as_ref().err().map(|violation| violation.told(setting.name));
        assert!(violation.is_none(), "{}", violation.unwrap_or_default());
    }
    for (setting, result) in &results {
        let states = result.as_ref().map_or(0, |summary| summary.states);
        let least = setting.least.get(usize::from(setting.faults)).copied().unwrap_or_default();
        assert!(states >= least, "{}: {states} states are less than {least}", setting.name);
    }
}

type Results = Vec<(Setting, Result<Summary, Violation>)>;

/// In as many threads as there are cores.
fn search_all(settings: &[Setting]) -> Results {
    let threads = thread::available_parallelism().map_or(2, usize::from).min(settings.len());
    let next = AtomicUsize::new(0);
    let lane = || {
        let mut found = Vec::new();
        while let Some(setting) = settings.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.push((*setting, search::search(*setting)));
        }
        found
    };
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().flat_map(|lane| lane.join().expect("the search itself does not panic")).collect()
    })
}

fn report(results: &Results, seconds: f64) -> String {
    let mut lines = vec![format!(
        "{:<26}{:>8}{:>12}{:>13}{:>9}{:>8}{:>9}",
        "exhaustively", "faults", "states", "transitions", "deepest", "at rest", "seconds"
    )];
    let (mut states, mut transitions, mut checks) = (0, 0, 0);
    let mut faults = [0; Fault::KINDS.len()];
    for (setting, result) in results {
        let Ok(summary) = result else { continue };
        let Summary { deepest, rests, seconds, .. } = summary;
        lines.push(format!(
            "{:<26}{:>8}{:>12}{:>13}{deepest:>9}{rests:>8}{seconds:>9.1}",
            setting.name, setting.faults, summary.states, summary.transitions
        ));
        states += summary.states;
        transitions += summary.transitions;
        checks += summary.checks;
        faults.iter_mut().zip(summary.faults).for_each(|(sum, one)| *sum += one);
    }
    let kinds: Vec<String> = Fault::KINDS.iter().zip(faults).map(|(kind, count)| format!("{kind} {count}")).collect();
    lines.push(format!("faults injected: {}", kinds.join(", ")));
    lines.push(format!("{} invariants, checked {checks} times", judge::INVARIANTS.len()));
    lines.push(format!("{states} states visited, {transitions} transitions, {seconds:.1} seconds"));
    lines.join("\n")
}

impl Violation {
    fn told(&self, setting: &str) -> String {
        let Violation { invariant, what, states, way } = self;
        let invariant = judge::INVARIANTS[*invariant];
        format!("{setting}: after {states} states: {invariant}: {what}\n{}", way.join("\n"))
    }
}
