//! What happened in one history, or in many, in numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

/// What the checks of one history, or of many, amount to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) histories: u64,
    pub(crate) contexts: u64,
    pub(crate) workers: u64,
    pub(crate) steps: u64,
    pub(crate) acts: u64,
    pub(crate) requests: u64,
    pub(crate) tokens_handed_out: u64,
    /// By kind.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// How often each invariant was checked.
    pub(crate) checks: BTreeMap<&'static str, u64>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.histories += other.histories;
        self.contexts += other.contexts;
        self.workers += other.workers;
        self.steps += other.steps;
        self.acts += other.acts;
        self.requests += other.requests;
        self.tokens_handed_out += other.tokens_handed_out;
        for (mine, others) in [(&mut self.faults, other.faults), (&mut self.checks, other.checks)] {
            for (kind, count) in others {
                *mine.entry(kind).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { histories, contexts, workers, steps, acts, requests, tokens_handed_out, faults, checks } = self;
        writeln!(
            f,
            "{histories} histories of {contexts} contexts ({workers} of them workers): {steps} steps, {acts} acts, \
             {requests} requests, {tokens_handed_out} tokens handed out"
        )?;
        writeln!(f, "{} faults:", faults.values().sum::<u64>())?;
        list(f, faults)?;
        writeln!(f, "{} checks of {} invariants:", checks.values().sum::<u64>(), checks.len())?;
        list(f, checks)
    }
}

fn list(f: &mut fmt::Formatter<'_>, counts: &BTreeMap<&'static str, u64>) -> fmt::Result {
    counts.iter().try_for_each(|(kind, count)| writeln!(f, "  {count:>12}  {kind}"))
}
