//! What is going to happen, and when.

use super::chance::Chance;
use super::tab::TabId;
use super::world::Shared;
use crate::protocol::Millis;
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) type Happening = Box<dyn FnOnce(&Rc<Shared>)>;

/// What is about to happen, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct What {
    /// To whom, or by whom.
    pub tab: TabId,
    /// Of what kind it is.
    pub kind: Kind,
    /// A fingerprint of everything else about it.
    pub detail: u64,
}

/// The kinds of happenings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A storage reads for the tab.
    Read,
    /// A storage writes for the tab.
    Write,
    /// The tab hears what came of its storage operation.
    Stored,
    /// The lock manager hears of the tab's request.
    LockRequest,
    /// The tab is given a lock.
    LockGrant,
    /// A request leaves the tab for the provider.
    Request,
    /// An answer arrives at the tab.
    Answer,
    /// A request of the tab has taken too long.
    Timeout,
    /// A signature is judged for the tab.
    Verified,
    /// A timer of the tab goes off.
    Timer,
    /// The tab hears what happens around it.
    News,
    /// The tab, which is being unloaded, is gone.
    Gone,
}

/// Happenings in the order of their time; those of one instant in the order of chance.
#[derive(Default)]
pub(super) struct Agenda {
    entries: BTreeMap<(Millis, u64, u64), (What, Happening)>,
    serial: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Millis, chance: &mut Chance, what: What, happening: Happening) {
        self.serial += 1;
        self.entries.insert((at, chance.bits(), self.serial), (what, happening));
    }

    pub(super) fn next_at(&self) -> Option<Millis> {
        self.entries.keys().next().map(|(at, ..)| *at)
    }

    pub(super) fn take_next(&mut self) -> Option<(Millis, Happening)> {
        self.entries.pop_first().map(|((at, ..), (_, happening))| (at, happening))
    }
}
