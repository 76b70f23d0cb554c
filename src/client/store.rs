//! The platform's storage with a memory behind it: what cannot be written is kept, and written as soon as it can be.

use crate::platform::{Area, Platform, StorageError};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Sessions and caches, wherever they can live.
pub(super) struct Store<P> {
    platform: P,
    unwritten: RefCell<BTreeMap<String, Unwritten>>,
    degraded: Cell<bool>,
}

/// A value that this context alone has.
#[derive(Clone, PartialEq)]
struct Unwritten {
    /// What the storage has instead. If that changes, the storage is right.
    stored: Option<String>,
    text: String,
}

impl<P: Platform> Store<P> {
    pub(super) fn new(platform: P) -> Self {
        Store { platform, unwritten: RefCell::default(), degraded: Cell::new(false) }
    }

    /// Something could not be written. `true` the first time, until everything is written again.
    pub(super) fn degrade(&self) -> bool {
        !self.degraded.replace(true)
    }

    /// Keeps a value that could not be written over what was read last.
    pub(super) fn keep(&self, key: &str, read: Option<String>, text: String) {
        let mut unwritten = self.unwritten.borrow_mut();
        let stored = match unwritten.remove(key) {
            // What was read was itself not written yet.
            Some(kept) if read.as_ref() == Some(&kept.text) => kept.stored,
            _ => read,
        };
        unwritten.insert(key.to_owned(), Unwritten { stored, text });
    }

    pub(super) fn is_unwritten(&self, key: &str) -> bool {
        self.unwritten.borrow().contains_key(key)
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        let kept = self.unwritten.borrow().get(key).cloned();
        if let Some(kept) = kept {
            match self.platform.swap(Area::Sessions, key, kept.stored.as_deref(), Some(&kept.text)).await {
                Err(_) => return Ok(Some(kept.text)),
                Ok(written) => {
                    self.forget(key, &kept);
                    if written {
                        self.platform.announce(key);
                    }
                }
            }
        }
        self.platform.read(Area::Sessions, key).await
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let stored = self.platform.list(Area::Sessions, prefix).await;
        let unwritten = self.unwritten.borrow();
        let mut kept = unwritten.iter().filter(|(key, _)| key.starts_with(prefix)).peekable();
        if stored.is_err() && kept.peek().is_none() {
            return stored;
        }
        let mut found = stored.unwrap_or_default();
        for (key, value) in kept {
            found.retain(|(other, _)| other != key);
            found.push((key.clone(), value.text.clone()));
        }
        Ok(found)
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        let kept = self.unwritten.borrow().get(key).cloned();
        let Some(kept) = kept else { return self.platform.swap(Area::Sessions, key, expected, new).await };
        if expected != Some(&kept.text) {
            return Ok(false);
        }
        let swapped = self.platform.swap(Area::Sessions, key, kept.stored.as_deref(), new).await?;
        self.forget(key, &kept);
        Ok(swapped)
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

    fn forget(&self, key: &str, kept: &Unwritten) {
        let mut unwritten = self.unwritten.borrow_mut();
        if unwritten.get(key) == Some(kept) {
            unwritten.remove(key);
        }
        if unwritten.is_empty() {
            self.degraded.set(false);
        }
    }
}
