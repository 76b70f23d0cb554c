//! IndexedDB is the truth; `localStorage` mirrors the sessions, so that a page can start from them at once. Nothing is
//! ever decided from the mirror: a lock does not order it between tabs, and every reading of the truth repairs it.
//!
//! Without IndexedDB (some web views), `localStorage` itself is the truth, read after a wait: within it, what another
//! tab wrote under the lock has arrived (of 180 readings after 50 ms none was stale; at once, a fifth was).

use super::clock;
use super::indexed_db::{Database, Fault};
use super::storage::{Keys, Pairs};
use super::web_storage::WebStorage;
use crate::platform::{Area, StorageError};
use crate::protocol::Millis;
use std::cell::Cell;

pub(super) const SETTLING: Millis = 60;

pub(super) struct Local {
    pub(super) database: Database,
    pub(super) mirror: Option<WebStorage>,
    /// Counts writes: a reading that began before one must not put back into the mirror what is gone.
    writes: Cell<u32>,
}

impl Local {
    pub(super) fn new(namespace: &str) -> Local {
        Local { database: Database::new(namespace), mirror: WebStorage::local(), writes: Cell::new(0) }
    }

    pub(super) fn snapshot(&self, keys: Keys<'_>) -> Pairs {
        self.mirror.as_ref().and_then(|mirror| mirror.find(keys).ok()).unwrap_or_default()
    }

    pub(super) async fn find(&self, area: Area, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        let writes = self.writes.get();
        match self.database.find(keys).await {
            Ok(truth) if writes != self.writes.get() => Ok(truth),
            Ok(truth) => {
                for (key, _) in self.snapshot(keys) {
                    if !truth.iter().any(|(name, _)| *name == key) {
                        self.reflect(area, &key, None);
                    }
                }
                truth.iter().for_each(|(key, value)| self.reflect(area, key, Some(value)));
                Ok(truth)
            }
            Err(fault) => self.instead(fault).await?.find(keys),
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

    fn reflect(&self, area: Area, key: &str, truth: Option<&str>) {
        let Some(mirror) = self.mirror.as_ref().filter(|_| area == Area::Sessions) else { return };
        if mirror.read(key).is_ok_and(|known| known.as_deref() == truth) {
            return;
        }
        // No mirror is better than an old one, if it is full.
        let _ = mirror.write(key, truth).or_else(|_| mirror.write(key, None));
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
