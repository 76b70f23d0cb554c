//! Values in the memory of this context.

use std::cell::RefCell;

/// Few keys, so a list does: a map would cost more in the module than it saves.
#[derive(Default)]
pub(super) struct Memory(RefCell<Vec<(String, String)>>);

impl Memory {
    pub(super) fn read(&self, key: &str) -> Option<String> {
        self.0.borrow().iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }

    pub(super) fn list(&self, prefix: &str) -> Vec<(String, String)> {
        self.0.borrow().iter().filter(|(name, _)| name.starts_with(prefix)).cloned().collect()
    }

    pub(super) fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> bool {
        if self.read(key).as_deref() != expected {
            return false;
        }
        let mut values = self.0.borrow_mut();
        values.retain(|(name, _)| name != key);
        values.extend(new.map(|new| (key.to_owned(), new.to_owned())));
        true
    }
}
