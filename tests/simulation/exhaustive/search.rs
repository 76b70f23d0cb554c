//! Goes through every order of what can happen, breadth first: what goes wrong is found with as few things as it takes.

use super::actions::{Action, Fault};
use super::judge;
use super::model::{Model, Setting};
use super::state::State;
use foldhash::quality::RandomState;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};
use std::time::Instant;

/// There are less in every setting: a world that has more of them does not end.
const MOST_STATES: usize = 300_000_000;

/// Where a moment was reached from: the number of the moment before, and of what happened among what could.
#[derive(Clone, Copy)]
struct Step {
    from: u32,
    action: u16,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    pub(super) states: usize,
    pub(super) transitions: u64,
    pub(super) deepest: usize,
    pub(super) faults: [u64; Fault::KINDS.len()],
    pub(super) rests: u64,
    pub(super) checks: u64,
    pub(super) records: usize,
    pub(super) machines: usize,
    pub(super) seconds: f64,
}

/// The way to something that must not be.
pub(super) struct Violation {
    /// Its number among the [invariants](super::judge::INVARIANTS).
    pub(super) invariant: usize,
    pub(super) what: String,
    pub(super) states: usize,
    pub(super) way: Vec<String>,
}

/// States are told apart by 64 bits of a hash with a key that is drawn anew: two of ten million are taken for one in less
/// than one of a hundred thousand searches.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

pub(super) fn search(setting: Setting) -> Result<Summary, Violation> {
    let begun = Instant::now();
    let mut model = Model::new(setting);
    let mut summary = Summary::default();
    let mut seen: HashSet<u64, BuildHasherDefault<AsItIs>> = HashSet::default();
    let key = RandomState::default();
    let mut steps = vec![Step { from: 0, action: 0 }];
    let beginning = model.beginning();
    seen.insert(key.hash_one(beginning));
    let mut layer = vec![(beginning, 0_u32)];
    let mut actions = Vec::new();
    while !layer.is_empty() {
        let mut next = Vec::new();
        for (state, number) in layer {
            model.actions(&state, &mut actions);
            for (index, action) in actions.iter().enumerate() {
                let mut new = state;
                model.happens(&mut new, *action);
                summary.transitions += 1;
                if let Action::Fails(fault) = action {
                    summary.faults[fault.kind()] += 1;
                }
                let (new, _) = new.in_order();
                let unseen = seen.insert(key.hash_one(new));
                if unseen && model.violation.is_none() && model.is_at_rest(&new) {
                    summary.rests += 1;
                    model.at_rest(&new);
                }
                if unseen || model.violation.is_some() {
                    steps.push(Step { from: number, action: index as u16 });
                }
                if seen.len() > MOST_STATES {
                    model.violation.get_or_insert((judge::ENDLESS, format!("{MOST_STATES} states")));
                }
                if let Some((invariant, what)) = model.violation.take() {
                    let way = way(&mut model, &steps, steps.len() - 1);
                    return Err(Violation { invariant, what, states: seen.len(), way });
                }
                if unseen {
                    next.push((new, steps.len() as u32 - 1));
                }
            }
        }
        summary.deepest += 1;
        layer = next;
    }
    summary.states = seen.len();
    summary.checks = model.checks;
    (summary.records, summary.machines) = model.book.sizes();
    summary.seconds = begun.elapsed().as_secs_f64();
    Ok(summary)
}

/// What happened, from the beginning.
fn way(model: &mut Model, steps: &[Step], last: usize) -> Vec<String> {
    let mut indices = Vec::new();
    let mut at = last;
    while at != 0 {
        indices.push(steps[at].action);
        at = steps[at].from as usize;
    }
    let mut state: State = model.beginning();
    // Which tab is which, whatever their order is at the moment.
    let mut names = ['A', 'B'];
    let mut actions = Vec::new();
    let mut way = Vec::new();
    for index in indices.into_iter().rev() {
        model.actions(&state, &mut actions);
        let action = actions[index as usize];
        let now = state.now;
        model.happens(&mut state, action);
        way.push(format!("{now:>7} ms  {:<44}{}", action.describe(names), model.describe(&state, names)));
        let (new, swapped) = state.in_order();
        state = new;
        if swapped {
            names.reverse();
        }
    }
    way
}
