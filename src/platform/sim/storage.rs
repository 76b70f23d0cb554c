//! The storage of the origin: the truth, and a mirror of it that tabs see with a delay.
//!
//! As measured in browsers (DESIGN.md, section 4): what one tab writes to `localStorage` may reach another only some
//! time later, and no lock orders that; IndexedDB is never stale.

use super::chance::Chance;
use super::faults::StorageFault;
use super::tab::TabId;
use crate::platform::{Area, StorageError};
use crate::protocol::Millis;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The longest that a tab was seen to lag behind.
const MOST_LAG: Millis = 60;

#[derive(Default)]
pub(super) struct Storage {
    truth: BTreeMap<String, String>,
    mirror: BTreeMap<String, Vec<Reflection>>,
    pub(super) fault: StorageFault,
    pub(super) commits: Vec<Commit>,
    /// How often tabs have read.
    pub(super) readings: Cell<u64>,
}

/// A change of the truth.
#[derive(Clone, Debug)]
pub struct Commit {
    /// When it was made.
    pub at: Millis,
    /// By whom; `None` if somebody cleared the storage.
    pub tab: Option<TabId>,
    /// The key.
    pub key: String,
    /// The new value.
    pub value: Option<String>,
}

struct Reflection {
    writer: TabId,
    visible_at: Millis,
    value: Option<String>,
}

impl Storage {
    pub(super) fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.readable()?;
        Ok(self.truth.get(key).cloned())
    }

    pub(super) fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        self.readable()?;
        Ok(self.truth.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    pub(super) fn swap(
        &mut self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
        by: TabId,
        now: Millis,
    ) -> Result<bool, StorageError> {
        self.writable(new)?;
        if self.truth.get(key).map(String::as_str) != expected {
            return Ok(false);
        }
        self.put(key, new, Some(by), now);
        Ok(true)
    }

    pub(super) fn put(&mut self, key: &str, new: Option<&str>, by: Option<TabId>, now: Millis) {
        match new {
            Some(text) => self.truth.insert(key.to_owned(), text.to_owned()),
            None => self.truth.remove(key),
        };
        self.commits.push(Commit { at: now, tab: by, key: key.to_owned(), value: new.map(str::to_owned) });
    }

    pub(super) fn clear(&mut self, now: Millis) {
        let keys: Vec<String> = self.truth.keys().cloned().collect();
        for key in keys {
            self.put(&key, None, None, now);
        }
        self.mirror.clear();
    }

    pub(super) fn truth(&self) -> Vec<(String, String)> {
        self.truth.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// What that tab sees of the mirror now.
    pub(super) fn mirrored(&self, prefix: &str, viewer: TabId, now: Millis) -> Vec<(String, String)> {
        let keys = self.mirror.keys().filter(|key| key.starts_with(prefix));
        keys.filter_map(|key| Some((key.clone(), self.seen(key, viewer, now)?.to_owned()))).collect()
    }

    /// Brings the mirror up to a truth that a tab has learned. If that changes it, the others hear of it after so long.
    pub(super) fn reflect(
        &mut self,
        area: Area,
        key: &str,
        truth: Option<&str>,
        writer: TabId,
        now: Millis,
        chance: &mut Chance,
    ) -> Option<Millis> {
        if area != Area::Sessions || self.fault != StorageFault::None || self.seen(key, writer, now) == truth {
            return None;
        }
        let lag = if chance.percent(70) { 0 } else { chance.between(1, MOST_LAG) };
        let history = self.mirror.entry(key.to_owned()).or_default();
        // What everybody sees already needs no history.
        let settled = history.iter().rposition(|reflection| reflection.visible_at + MOST_LAG < now).unwrap_or(0);
        history.drain(..settled);
        let changes = history.last().map(|last| last.value.as_deref()) != Some(truth);
        history.push(Reflection { writer, visible_at: now + lag, value: truth.map(str::to_owned) });
        changes.then_some(lag)
    }

    fn seen(&self, key: &str, viewer: TabId, now: Millis) -> Option<&str> {
        let visible = |reflection: &&Reflection| reflection.writer == viewer || reflection.visible_at <= now;
        self.mirror.get(key)?.iter().rev().find(visible)?.value.as_deref()
    }

    fn readable(&self) -> Result<(), StorageError> {
        self.readings.set(self.readings.get() + 1);
        if self.fault == StorageFault::Broken { Err(StorageError) } else { Ok(()) }
    }

    fn writable(&self, new: Option<&str>) -> Result<(), StorageError> {
        match (self.fault, new) {
            (StorageFault::None, _) => Ok(()),
            (StorageFault::Full(most), Some(text)) if text.len() > most => Err(StorageError),
            (StorageFault::Full(_), _) => Ok(()),
            (StorageFault::ReadOnly | StorageFault::Broken, _) => Err(StorageError),
        }
    }
}
