//! IndexedDB is the truth: its transactions order what tabs do, which no lock does for `localStorage`. There is the view,
//! and with release 0.1.0 there was a mirror of every record, which is removed.
//!
//! Once that mirror does count: where a page starts and finds it without any database. A sign-out removed the mirror
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
use crate::platform::StorageError;
use crate::prelude::*;
use crate::protocol::Millis;
use core::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

pub(super) const SETTLING: Millis = 60;

pub(super) struct Local {
    pub(super) database: Database,
    /// `localStorage`, where the view is.
    pub(super) beside: Option<WebStorage>,
    /// What all keys begin with.
    prefix: String,
    /// Whether the database was looked at: from then on, the mirror of one that is gone is no truth.
    looked: Cell<bool>,
    /// A promise that is settled when the database was made from the mirror, or could not be.
    founding: RefCell<Option<JsValue>>,
}

impl Local {
    pub(super) fn new(namespace: &str) -> Local {
        Local {
            database: Database::new(namespace),
            beside: WebStorage::local(),
            prefix: [namespace, ":"].concat(),
            looked: Cell::new(false),
            founding: RefCell::default(),
        }
    }

    pub(super) async fn find(&self, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        match self.truth(keys).await {
            Ok(truth) => {
                if let Keys::Prefix(_) = keys {
                    self.tidy();
                }
                Ok(truth)
            }
            Err(fault) => self.instead(fault).await?.find(keys),
        }
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        if !self.looked.get() {
            self.find(Keys::One(key)).await?;
        }
        match self.database.swap(key, expected, new).await {
            Ok(swapped) => Ok(swapped),
            Err(fault) => self.instead(fault).await?.swap(key, expected, new),
        }
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
                let mirrored = self.mirrored();
                if !mirrored.is_empty() {
                    let Deferred { promise, resolve } = Deferred::new();
                    *self.founding.borrow_mut() = Some(promise);
                    let _over = Founding { local: self, resolve };
                    self.database.found(mirrored).await?;
                }
                self.looked.set(true);
            }
        }
    }

    /// What a page of release 0.1.0 has left in `localStorage`, refresh tokens too.
    fn mirrored(&self) -> Pairs {
        let all = self.beside.as_ref().and_then(|beside| beside.find(Keys::Prefix(&self.prefix)).ok());
        let mut mirrored = all.unwrap_or_default();
        mirrored.retain(|(key, _)| is_record(&self.prefix, key));
        mirrored
    }

    fn tidy(&self) {
        for (key, _) in self.mirrored() {
            // Storage that can be read can be written, if it is to become less.
            let _ = self.beside.as_ref().map(|beside| beside.write(&key, None));
        }
    }

    async fn instead(&self, fault: Fault) -> Result<&WebStorage, StorageError> {
        match (fault, &self.beside) {
            (Fault::Absent, Some(storage)) => {
                clock::sleep(SETTLING).await;
                Ok(storage)
            }
            _ => Err(StorageError),
        }
    }
}

/// Whether that is the key of what release 0.1.0 mirrored.
fn is_record(prefix: &str, key: &str) -> bool {
    let Some(rest) = key.strip_prefix(prefix) else { return false };
    ["session:", "metadata:", "keys:"].iter().any(|kind| rest.starts_with(kind))
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
