//! Where values live: the choice of the configuration.

use super::adapter::Adapter;
use super::encrypted::Encrypted;
#[cfg(feature = "gloo-storage")]
use super::gloo_storage::GlooStorage;
use super::indexed_db::Database;
use super::local::Local;
use super::memory::Memory;
use super::pending::Pending;
use super::tab::Tab;
use super::web_storage::WebStorage;
use crate::platform::{Area, StorageError};
use crate::prelude::*;

/// Where sessions live.
pub enum Storage {
    /// IndexedDB, with a view in `localStorage` for an instant start.
    Local,
    /// IndexedDB alone, encrypted under a key that no script can export.
    Encrypted,
    /// Until the tab closes: `sessionStorage`. A tab that is duplicated, or opened by a page, begins signed out.
    Session,
    /// Until the page goes. What the page is left for is in `sessionStorage` until it is back.
    Memory,
    /// A place of the app's own, for pending transactions, too.
    Adapter(Adapter),
    /// A storage of gloo's, for pending transactions, too.
    #[cfg(feature = "gloo-storage")]
    Gloo(GlooStorage),
}

/// Which values are looked for.
#[derive(Clone, Copy)]
pub(super) enum Keys<'a> {
    One(&'a str),
    Prefix(&'a str),
}

pub(super) type Pairs = Vec<(String, String)>;

pub(super) struct Store {
    place: Place,
    pending: Pending,
}

enum Place {
    Local(Local),
    Encrypted(Encrypted),
    Session(Tab),
    Memory(Memory),
    Adapter(Adapter),
    #[cfg(feature = "gloo-storage")]
    Gloo(GlooStorage),
}

impl Store {
    pub(super) fn new(storage: Storage, namespace: &str) -> Store {
        // What is in `sessionStorage` belongs to it with all that it has there.
        let session = if matches!(storage, Storage::Session) { None } else { WebStorage::session() };
        let place = match storage {
            Storage::Local => Place::Local(Local::new(namespace)),
            Storage::Encrypted => Place::Encrypted(Encrypted::new(namespace)),
            Storage::Session => Place::Session(Tab::new(namespace)),
            Storage::Memory => Place::Memory(Memory::default()),
            Storage::Adapter(adapter) => Place::Adapter(adapter),
            #[cfg(feature = "gloo-storage")]
            Storage::Gloo(gloo) => Place::Gloo(gloo),
        };
        Store { place, pending: Pending::new(session) }
    }

    /// Whether anything was ever stored, as far as that can be told.
    pub(super) async fn has_stored(&self) -> bool {
        let Place::Local(local) = &self.place else { return true };
        !local.database.exists() || !local.database.is_missing().await
    }

    /// What a database that is not there yet begins with. What cannot be stored is not there to be found.
    pub(super) async fn found(&self, sessions: Pairs) {
        if let Place::Local(local) = &self.place {
            let _ = local.database.found(sessions).await;
        }
    }

    /// Pending transactions may be in several places; what fails to answer has none.
    pub(super) async fn find(&self, area: Area, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        if area == Area::Sessions {
            return self.place.find(area, keys).await;
        }
        let mut found = self.pending.find(keys);
        if matches!(keys, Keys::One(_)) && !found.is_empty() {
            return Ok(found);
        }
        for (key, value) in self.place.find(area, keys).await.unwrap_or_default() {
            if !found.iter().any(|(known, _)| *known == key) {
                found.push((key, value));
            }
        }
        Ok(found)
    }

    pub(super) async fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        if area == Area::Sessions {
            return self.place.swap(area, key, expected, new).await;
        }
        if let Some(swapped) = self.pending.swap(key, expected, new) {
            return swapped;
        }
        match (self.place.swap(area, key, expected, new).await, expected, new) {
            (Err(_), None, Some(new)) => self.pending.insert(area, key, new),
            (swapped, ..) => swapped,
        }
    }

    /// Nothing is stored any more: no trace stays. Where this context cannot reach what pages start from (a worker has no
    /// `localStorage`), the database stays, empty: it says that the view beside it is over.
    pub(super) async fn vacate(&self) {
        match &self.place {
            Place::Local(local) if local.beside.is_none() => {}
            Place::Local(local) => local.database.vacate("").await,
            Place::Encrypted(encrypted) => encrypted.vacate().await,
            // What is removed there leaves nothing.
            _ => {}
        }
    }

    /// Where the view lies: where the records are readable anyway, and, in a tab, as soon as it is clear that they are its own.
    pub(super) fn beside(&self) -> Option<&WebStorage> {
        match &self.place {
            Place::Local(local) => local.beside.as_ref(),
            Place::Session(tab) => tab.own(),
            _ => None,
        }
    }

    /// The database, which may go away under this context.
    pub(super) fn database(&self) -> Option<&Database> {
        match &self.place {
            Place::Local(local) => Some(&local.database),
            Place::Encrypted(encrypted) => Some(&encrypted.database),
            _ => None,
        }
    }

    /// Whether `storage` events say what other tabs did.
    pub(super) fn has_events(&self) -> bool {
        match &self.place {
            Place::Local(local) => local.beside.is_some(),
            Place::Encrypted(_) | Place::Session(_) | Place::Memory(_) | Place::Adapter(_) => false,
            #[cfg(feature = "gloo-storage")]
            Place::Gloo(_) => true,
        }
    }

    /// The app's own storage, which may say what other contexts did.
    pub(super) fn adapter(&self) -> Option<&Adapter> {
        if let Place::Adapter(adapter) = &self.place { Some(adapter) } else { None }
    }
}

impl Place {
    async fn find(&self, area: Area, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        match self {
            Place::Local(local) => local.find(keys).await,
            Place::Encrypted(encrypted) => encrypted.find(keys).await,
            Place::Session(tab) => tab.find(keys).await,
            // The page's memory is no place for what the page is left for.
            Place::Memory(_) if area != Area::Sessions => Err(StorageError),
            Place::Memory(memory) => Ok(memory.find(keys)),
            Place::Adapter(adapter) => adapter.find(keys).await,
            #[cfg(feature = "gloo-storage")]
            Place::Gloo(gloo) => gloo.find(keys).await,
        }
    }

    async fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        match self {
            Place::Local(local) => local.swap(key, expected, new).await,
            Place::Encrypted(encrypted) => encrypted.swap(key, expected, new).await,
            Place::Session(tab) => tab.swap(key, expected, new).await,
            Place::Memory(_) if area != Area::Sessions => Err(StorageError),
            Place::Memory(memory) => Ok(memory.swap(key, expected, new)),
            Place::Adapter(adapter) => adapter.swap(key, expected, new).await,
            #[cfg(feature = "gloo-storage")]
            Place::Gloo(gloo) => gloo.swap(key, expected, new).await,
        }
    }
}

impl Keys<'_> {
    pub(super) fn include(self, key: &str) -> bool {
        match self {
            Keys::One(one) => key == one,
            Keys::Prefix(prefix) => key.starts_with(prefix),
        }
    }
}
