//! Where pending transactions go when the storage fails them, so that no fault of it keeps anybody from signing in: one
//! that the page is left for to `sessionStorage`, one of a page that stays to the memory of that page.

use super::memory::Memory;
use super::storage::{Keys, Pairs};
use super::web_storage::WebStorage;
use crate::platform::{Area, StorageError};

pub(super) struct Pending {
    session: Option<WebStorage>,
    memory: Memory,
}

impl Pending {
    /// With that `sessionStorage`, unless the storage itself is in it.
    pub(super) fn new(session: Option<WebStorage>) -> Pending {
        Pending { session, memory: Memory::default() }
    }

    pub(super) fn find(&self, keys: Keys<'_>) -> Pairs {
        let stored = self.session.as_ref().and_then(|session| session.find(keys).ok());
        let mut found = stored.unwrap_or_default();
        found.extend(self.memory.find(keys));
        found
    }

    /// `None` if no such transaction is here.
    pub(super) fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Option<Result<bool, StorageError>> {
        if !self.memory.find(Keys::One(key)).is_empty() {
            return Some(Ok(self.memory.swap(key, expected, new)));
        }
        let session = self.session.as_ref()?;
        matches!(session.read(key), Ok(Some(_))).then(|| session.swap(key, expected, new))
    }

    /// A new one.
    pub(super) fn insert(&self, area: Area, key: &str, new: &str) -> Result<bool, StorageError> {
        match (&self.session, area) {
            (_, Area::Visits) => Ok(self.memory.swap(key, None, Some(new))),
            (Some(session), _) => session.swap(key, None, Some(new)),
            (None, _) => Err(StorageError),
        }
    }
}
