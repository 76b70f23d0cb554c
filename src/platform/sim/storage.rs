//! The storage of the origin: the truth, and a view beside it that tabs see with a delay.
//!
//! As measured in browsers (DESIGN.md, section 4): what one tab writes to `localStorage` may reach another only some
//! time later, and no lock orders that; IndexedDB is never stale.

use super::chance::Chance;
use super::faults::StorageFault;
use super::tab::TabId;
use crate::platform::StorageError;
use crate::protocol::Millis;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The longest that a tab was seen to lag behind.
const MOST_LAG: Millis = 60;

#[derive(Default)]
pub(super) struct Storage {
    truth: BTreeMap<String, String>,
    views: BTreeMap<String, Vec<Left>>,
    pub(super) fault: StorageFault,
    pub(super) commits: Vec<Commit>,
    /// How often tabs have read.
    pub(super) readings: Cell<u64>,
    /// Whether it was a worker who removed something last.
    pub(super) emptied_by_worker: bool,
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

/// A view that a tab has left.
struct Left {
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
        self.views.clear();
    }

    pub(super) fn truth(&self) -> Vec<(String, String)> {
        self.truth.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The view that this tab sees now.
    pub(super) fn view(&self, key: &str, viewer: TabId, now: Millis) -> Option<String> {
        let visible = |left: &&Left| left.writer == viewer || left.visible_at <= now;
        self.views.get(key)?.iter().rev().find(visible)?.value.clone()
    }

    /// A tab leaves a view. If that changes anything, the others hear of it after so long. One that cannot be written
    /// goes.
    pub(super) fn set_view(
        &mut self,
        key: &str,
        view: Option<&str>,
        writer: TabId,
        now: Millis,
        chance: &mut Chance,
    ) -> Option<(Millis, Option<String>)> {
        if matches!(self.fault, StorageFault::ReadOnly | StorageFault::Broken) {
            return None;
        }
        let view = view.filter(|view| self.writable(Some(view)).is_ok());
        let lag = if chance.percent(70) { 0 } else { chance.between(1, MOST_LAG) };
        // What everybody sees already needs no history.
        let views = self.views.entry(key.to_owned()).or_default();
        let settled = views.iter().rposition(|left| left.visible_at + MOST_LAG < now).unwrap_or(0);
        views.drain(..settled);
        let changes = views.last().and_then(|last| last.value.as_deref()) != view;
        views.push(Left { writer, visible_at: now + lag, value: view.map(str::to_owned) });
        changes.then(|| (lag, view.map(str::to_owned)))
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
