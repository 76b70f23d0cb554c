//! The platform's storage with a memory behind it: a storage that is blocked or gone degrades, it never fails a getter.

use crate::platform::{Area, Platform, StorageError};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Sessions and caches, wherever they can live.
pub(super) struct Store<P> {
    platform: P,
    memory: RefCell<BTreeMap<String, String>>,
    degraded: Cell<bool>,
}

impl<P: Platform> Store<P> {
    pub(super) fn new(platform: P) -> Self {
        Store { platform, memory: RefCell::default(), degraded: Cell::new(false) }
    }

    /// From now on in memory. `true` the first time.
    pub(super) fn degrade(&self) -> bool {
        !self.degraded.replace(true)
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        if self.degraded.get() {
            return Ok(self.memory.borrow().get(key).cloned());
        }
        self.platform.read(Area::Sessions, key).await
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        if !self.degraded.get() {
            return self.platform.list(Area::Sessions, prefix).await;
        }
        let memory = self.memory.borrow();
        let found = memory.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, text)| (key.clone(), text.clone())).collect())
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        if !self.degraded.get() {
            return self.platform.swap(Area::Sessions, key, expected, new).await;
        }
        let mut memory = self.memory.borrow_mut();
        if memory.get(key).map(String::as_str) != expected {
            return Ok(false);
        }
        match new {
            Some(text) => memory.insert(key.to_owned(), text.to_owned()),
            None => memory.remove(key),
        };
        Ok(true)
    }

    /// Sets a key whatever was there; what was there is returned.
    pub(super) async fn replace(&self, key: &str, new: Option<&str>) -> Result<Option<String>, StorageError> {
        loop {
            let current = self.read(key).await?;
            if current.as_deref() == new || self.swap(key, current.as_deref(), new).await? {
                return Ok(current);
            }
        }
    }
}
