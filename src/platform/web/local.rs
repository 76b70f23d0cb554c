//! IndexedDB is the truth; `localStorage` mirrors the sessions, so that a page can start from them at once. Nothing is
//! ever decided from the mirror: a lock does not order it between tabs, and every reading of the truth repairs it.
//!
//! Once the mirror does count: where a page starts and finds it without any database. A sign-out removes the mirror
//! first, so somebody has brought it here without the rest, as tools do that restore the state of a browser for a test.
//! Then the database is made from it.
//!
//! Without IndexedDB (some web views), `localStorage` itself is the truth, read after a wait: within it, what another
//! tab wrote under the lock has arrived (of 180 readings after 50 ms none was stale; at once, a fifth was). An IndexedDB
//! that fails is no such case: other tabs may have theirs, and there would be two truths.

use super::clock;
use super::indexed_db::{Database, Fault};
use super::interop::{Deferred, call_function, settled};
use super::storage::{Keys, Pairs};
use super::web_storage::WebStorage;
use crate::platform::{Area, StorageError};
use crate::protocol::Millis;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

pub(super) const SETTLING: Millis = 60;

pub(super) struct Local {
    pub(super) database: Database,
    pub(super) mirror: Option<WebStorage>,
    /// What all keys begin with.
    prefix: String,
    /// Counts writes: a reading that began before one must not put back into the mirror what is gone.
    writes: Cell<u32>,
    /// Whether the database was looked at: from then on, the mirror of one that is gone is no truth.
    looked: Cell<bool>,
    /// A promise that is settled when the database was made from the mirror, or could not be.
    founding: RefCell<Option<JsValue>>,
}

impl Local {
    pub(super) fn new(namespace: &str) -> Local {
        Local {
            database: Database::new(namespace),
            mirror: WebStorage::local(),
            prefix: [namespace, ":"].concat(),
            writes: Cell::new(0),
            looked: Cell::new(false),
            founding: RefCell::default(),
        }
    }

    /// The place of a popup's response (`page.js`) is no part of it.
    pub(super) fn snapshot(&self, keys: Keys<'_>) -> Pairs {
        let mut mirrored = self.mirror.as_ref().and_then(|mirror| mirror.find(keys).ok()).unwrap_or_default();
        mirrored.retain(|(key, _)| !is_response(&self.prefix, key));
        mirrored
    }

    pub(super) async fn find(&self, area: Area, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        let mut again = true;
        loop {
            let writes = self.writes.get();
            let truth = match self.truth(keys).await {
                Ok(truth) => truth,
                Err(fault) => return self.instead(fault).await?.find(keys),
            };
            if writes != self.writes.get() {
                return Ok(truth);
            }
            for (key, _) in self.snapshot(keys) {
                if !truth.iter().any(|(name, _)| *name == key) {
                    self.reflect(area, &key, None);
                }
            }
            let mut appeared = false;
            truth.iter().for_each(|(key, value)| appeared |= self.reflect(area, key, Some(value)));
            if !(appeared && again) {
                return Ok(truth);
            }
            // Somebody may have removed it meanwhile, the mirror first, and the mirror of what is gone must not stay.
            again = false;
        }
    }

    /// A new value is written to the mirror last, and a removed one leaves it first: a page that starts in between sees
    /// no session that is not there.
    pub(super) async fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        self.writes.set(self.writes.get().wrapping_add(1));
        if new.is_none() && self.database.exists() {
            self.reflect(area, key, None);
        }
        if !self.looked.get() {
            self.find(area, Keys::One(key)).await?;
        }
        let swapped = match self.database.swap(key, expected, new).await {
            Ok(swapped) => swapped,
            Err(fault) => return self.instead(fault).await?.swap(key, expected, new),
        };
        self.writes.set(self.writes.get().wrapping_add(1));
        if swapped {
            self.reflect(area, key, new);
        } else {
            self.find(area, Keys::One(key)).await?;
        }
        Ok(swapped)
    }

    /// What the database has; before this context's first look, one that is missing is made from the mirror.
    async fn truth(&self, keys: Keys<'_>) -> Result<Pairs, Fault> {
        loop {
            let founding = self.founding.borrow().clone();
            if let Some(founding) = founding {
                // It is never rejected.
                let _ = settled(Ok(founding)).await;
            }
            let looked_before = self.looked.get();
            let found = self.database.find_in_existing(keys).await?;
            if found.is_some() || looked_before {
                self.looked.set(true);
                return Ok(found.unwrap_or_default());
            }
            // Somebody else of this context may have made it since.
            if self.founding.borrow().is_none() && !self.looked.get() {
                let mirrored = self.snapshot(Keys::Prefix(&self.prefix));
                if !mirrored.is_empty() {
                    let Deferred { promise, resolve, .. } = Deferred::new();
                    *self.founding.borrow_mut() = Some(promise);
                    let _over = Founding { local: self, resolve };
                    self.database.found(mirrored).await?;
                }
                self.looked.set(true);
            }
        }
    }

    /// `true` if it was not in the mirror before.
    fn reflect(&self, area: Area, key: &str, truth: Option<&str>) -> bool {
        let Some(mirror) = self.mirror.as_ref().filter(|_| area == Area::Sessions) else { return false };
        let known = mirror.read(key);
        if known.as_ref().is_ok_and(|known| known.as_deref() == truth) {
            return false;
        }
        // No mirror is better than an old one, if it is full.
        let _ = mirror.write(key, truth).or_else(|_| mirror.write(key, None));
        truth.is_some() && known == Ok(None)
    }

    async fn instead(&self, fault: Fault) -> Result<&WebStorage, StorageError> {
        match (fault, &self.mirror) {
            (Fault::Absent, Some(storage)) => {
                clock::sleep(SETTLING).await;
                Ok(storage)
            }
            _ => Err(StorageError),
        }
    }
}

/// Whether that is the key of a popup's response in the namespace with that prefix.
pub(super) fn is_response(prefix: &str, key: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("response:"))
}

/// The database is being made from the mirror while this lives.
struct Founding<'a> {
    local: &'a Local,
    resolve: JsValue,
}

impl Drop for Founding<'_> {
    fn drop(&mut self) {
        self.local.founding.borrow_mut().take();
        call_function(&self.resolve);
    }
}
