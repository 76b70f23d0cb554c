//! The platform's storage with a memory behind it: what cannot be written is kept, and written as soon as it can be.

use crate::platform::{Area, Platform, StorageError};
use crate::prelude::*;
use core::cell::{Cell, RefCell};

/// Sessions and caches, wherever they can live.
pub(super) struct Store<P> {
    platform: P,
    /// A handful at most: a map would cost 8 kB of the module.
    unwritten: RefCell<Vec<Unwritten>>,
    degraded: Cell<bool>,
}

/// A value that this context alone has.
#[derive(Clone, PartialEq)]
struct Unwritten {
    key: String,
    /// What the storage has instead. If that changes, the storage is right.
    stored: Option<String>,
    /// `None`: it was removed here, and is still in the storage.
    text: Option<String>,
}

impl<P: Platform> Store<P> {
    pub(super) fn new(platform: P) -> Self {
        Store { platform, unwritten: RefCell::default(), degraded: Cell::new(false) }
    }

    /// Something could not be written. `true` the first time, until everything is written again.
    pub(super) fn degrade(&self) -> bool {
        !self.degraded.replace(true)
    }

    /// The storage works again.
    pub(super) fn recover(&self) {
        self.degraded.set(false);
    }

    /// Keeps a value that could not be written over what was read last.
    pub(super) fn keep(&self, key: &str, read: Option<String>, text: String) {
        self.keep_instead(key, read, Some(text));
    }

    fn keep_instead(&self, key: &str, read: Option<String>, text: Option<String>) {
        let mut unwritten = self.unwritten.borrow_mut();
        let before = unwritten.iter().position(|kept| kept.key == key).map(|place| unwritten.swap_remove(place));
        let stored = match before {
            // What was read was itself not written yet.
            Some(kept) if read == kept.text => kept.stored,
            _ => read,
        };
        unwritten.push(Unwritten { key: key.to_owned(), stored, text });
    }

    /// Tries again to write what could not be written; `true` when nothing is left.
    pub(super) async fn write_again(&self) -> bool {
        let keys: Vec<String> = self.unwritten.borrow().iter().map(|kept| kept.key.clone()).collect();
        for key in keys {
            // Reading writes first what is not written yet.
            let _ = self.read(&key).await;
        }
        self.unwritten.borrow().is_empty()
    }

    /// Whether the storage has what this context knows of that key.
    pub(super) fn has_stored(&self, key: &str) -> bool {
        self.kept(key).is_none()
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        let stored = self.platform.read(Area::Sessions, key).await;
        let (Some(kept), Ok(now_stored)) = (self.kept(key), &stored) else {
            return self.kept(key).map_or(stored, |kept| Ok(kept.text));
        };
        if *now_stored != kept.stored {
            self.forget(&kept);
            return stored;
        }
        match self.platform.swap(Area::Sessions, key, kept.stored.as_deref(), kept.text.as_deref()).await {
            Err(_) => return Ok(kept.text),
            Ok(written) => {
                self.forget(&kept);
                if written {
                    self.platform.announce(key);
                }
            }
        }
        self.platform.read(Area::Sessions, key).await
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let stored = self.platform.list(Area::Sessions, prefix).await;
        let unreadable = stored.is_err();
        let unwritten = self.unwritten.borrow();
        if unreadable && unwritten.is_empty() {
            return stored;
        }
        let mut found = stored.unwrap_or_default();
        // What the storage has now is right, if it is not what was there when the write failed.
        let still_right = |kept: &&Unwritten| {
            let now_stored = found.iter().find(|(key, _)| *key == kept.key).map(|(_, text)| text);
            kept.key.starts_with(prefix) && (unreadable || now_stored == kept.stored.as_ref())
        };
        let right: Vec<&Unwritten> = unwritten.iter().filter(still_right).collect();
        for kept in right {
            found.retain(|(other, _)| *other != kept.key);
            found.extend(kept.text.clone().map(|text| (kept.key.clone(), text)));
        }
        Ok(found)
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        let kept = self.kept(key);
        if kept.as_ref().is_some_and(|kept| expected != kept.text.as_deref()) {
            return Ok(false);
        }
        if let (Some(Unwritten { stored: None, .. }), None) = (&kept, new) {
            kept.iter().for_each(|kept| self.forget(kept));
            return Ok(true);
        }
        let stored = kept.as_ref().map_or(expected, |kept| kept.stored.as_deref());
        let swapped = self.platform.swap(Area::Sessions, key, stored, new).await;
        match (&swapped, &kept) {
            // It must not be written again.
            (Err(_), _) if new.is_none() => self.keep_instead(key, expected.map(str::to_owned), None),
            (Ok(_), Some(kept)) => self.forget(kept),
            _ => {}
        }
        swapped
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

    fn kept(&self, key: &str) -> Option<Unwritten> {
        self.unwritten.borrow().iter().find(|kept| kept.key == key).cloned()
    }

    fn forget(&self, kept: &Unwritten) {
        let mut unwritten = self.unwritten.borrow_mut();
        unwritten.retain(|other| other != kept);
        if unwritten.is_empty() {
            self.degraded.set(false);
        }
    }
}
