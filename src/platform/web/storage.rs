//! Where values live: the choice of the configuration.

use super::adapter::Adapter;
use super::encrypted::Encrypted;
#[cfg(feature = "gloo-storage")]
use super::gloo_storage::GlooStorage;
use super::indexed_db::Database;
use super::local::Local;
use super::memory::Memory;
use super::tab::Tab;
use super::web_storage::WebStorage;
use crate::platform::{Area, StorageError};

/// Where sessions live.
pub enum Storage {
    /// IndexedDB, mirrored in `localStorage` for an instant start.
    Local,
    /// IndexedDB alone, encrypted under a key that no script can export.
    Encrypted,
    /// Until the tab closes: `sessionStorage`. A tab that is duplicated, or opened by a page, begins signed out.
    Session,
    /// Until the page goes. Pending transactions are in `sessionStorage`, which the way to the provider and back needs.
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

pub(super) enum Store {
    Local(Local),
    Encrypted(Encrypted),
    Session(Tab),
    Memory {
        memory: Memory,
        session: Option<WebStorage>,
    },
    Adapter(Adapter),
    #[cfg(feature = "gloo-storage")]
    Gloo(GlooStorage),
}

impl Store {
    pub(super) fn new(storage: Storage, namespace: &str) -> Store {
        match storage {
            Storage::Local => Store::Local(Local::new(namespace)),
            Storage::Encrypted => Store::Encrypted(Encrypted::new(namespace)),
            Storage::Session => Store::Session(Tab::new(namespace)),
            Storage::Memory => Store::Memory { memory: Memory::default(), session: WebStorage::session() },
            Storage::Adapter(adapter) => Store::Adapter(adapter),
            #[cfg(feature = "gloo-storage")]
            Storage::Gloo(gloo) => Store::Gloo(gloo),
        }
    }

    pub(super) fn snapshot(&self, prefix: &str) -> Pairs {
        let keys = Keys::Prefix(prefix);
        match self {
            Store::Local(local) => local.snapshot(keys),
            Store::Memory { memory, .. } => memory.find(keys),
            // Nothing is known before it was decrypted, before it is clear whose it is, or before the adapter answers.
            Store::Encrypted(_) | Store::Session(_) | Store::Adapter(_) => Pairs::new(),
            #[cfg(feature = "gloo-storage")]
            Store::Gloo(gloo) => gloo.snapshot(keys),
        }
    }

    pub(super) async fn find(&self, area: Area, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        match self {
            Store::Local(local) => local.find(area, keys).await,
            Store::Encrypted(encrypted) => encrypted.find(keys).await,
            Store::Session(tab) => tab.find(keys).await,
            Store::Memory { session: Some(session), .. } if area == Area::Transactions => session.find(keys),
            Store::Memory { memory, .. } => Ok(memory.find(keys)),
            Store::Adapter(adapter) => adapter.find(keys).await,
            #[cfg(feature = "gloo-storage")]
            Store::Gloo(gloo) => gloo.find(keys).await,
        }
    }

    pub(super) async fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        match self {
            Store::Local(local) => local.swap(area, key, expected, new).await,
            Store::Encrypted(encrypted) => encrypted.swap(key, expected, new).await,
            Store::Session(tab) => tab.swap(key, expected, new).await,
            Store::Memory { session: Some(session), .. } if area == Area::Transactions => {
                session.swap(key, expected, new)
            }
            Store::Memory { memory, .. } => Ok(memory.swap(key, expected, new)),
            Store::Adapter(adapter) => adapter.swap(key, expected, new).await,
            #[cfg(feature = "gloo-storage")]
            Store::Gloo(gloo) => gloo.swap(key, expected, new).await,
        }
    }

    /// Nothing is stored any more: no trace stays.
    pub(super) async fn vacate(&self) {
        match self {
            Store::Local(local) => local.database.vacate("").await,
            Store::Encrypted(encrypted) => encrypted.vacate().await,
            // What is removed there leaves nothing.
            _ => {}
        }
    }

    /// The database, which may go away under this context.
    pub(super) fn database(&self) -> Option<&Database> {
        match self {
            Store::Local(local) => Some(&local.database),
            Store::Encrypted(encrypted) => Some(&encrypted.database),
            _ => None,
        }
    }

    /// Whether `storage` events say what other tabs did.
    pub(super) fn has_events(&self) -> bool {
        match self {
            Store::Local(local) => local.mirror.is_some(),
            Store::Encrypted(_) | Store::Session(_) | Store::Memory { .. } | Store::Adapter(_) => false,
            #[cfg(feature = "gloo-storage")]
            Store::Gloo(_) => true,
        }
    }

    /// The app's own storage, which may say what other contexts did.
    pub(super) fn adapter(&self) -> Option<&Adapter> {
        if let Store::Adapter(adapter) = self { Some(adapter) } else { None }
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
