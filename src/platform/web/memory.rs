//! Values in the memory of this context.

use super::storage::{Keys, Pairs};
use crate::prelude::*;
use core::cell::RefCell;

/// Few keys, so a list does: a map would cost more in the module than it saves.
#[derive(Default)]
pub(super) struct Memory(RefCell<Pairs>);

impl Memory {
    pub(super) fn find(&self, keys: Keys<'_>) -> Pairs {
        self.0.borrow().iter().filter(|(key, _)| keys.include(key)).cloned().collect()
    }

    pub(super) fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> bool {
        let mut values = self.0.borrow_mut();
        let place = values.iter().position(|(name, _)| name == key);
        if place.and_then(|place| values.get(place)).map(|(_, value)| value.as_str()) != expected {
            return false;
        }
        place.map(|place| values.swap_remove(place));
        values.extend(new.map(|new| (key.to_owned(), new.to_owned())));
        true
    }
}
