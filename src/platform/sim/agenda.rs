//! What is going to happen, and when.

use super::chance::Chance;
use super::shared::Shared;
use crate::protocol::Millis;
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) type Happening = Box<dyn FnOnce(&Rc<Shared>)>;

/// Happenings in the order of their time; those of one instant in the order of chance.
#[derive(Default)]
pub(super) struct Agenda {
    entries: BTreeMap<(Millis, u64, u64), Happening>,
    serial: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Millis, chance: &mut Chance, happening: Happening) {
        self.serial += 1;
        self.entries.insert((at, chance.bits(), self.serial), happening);
    }

    pub(super) fn next_at(&self) -> Option<Millis> {
        self.entries.keys().next().map(|(at, ..)| *at)
    }

    pub(super) fn take_next(&mut self) -> Option<(Millis, Happening)> {
        self.entries.pop_first().map(|((at, ..), happening)| (at, happening))
    }
}
