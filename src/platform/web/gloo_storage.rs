//! A storage of gloo's as the place where sessions live.

use super::clock;
use super::local::SETTLING;
use super::storage::{Keys, Pairs};
use super::web_storage::WebStorage;
use crate::platform::StorageError;

/// A [`gloo_storage::Storage`] (`LocalStorage`, `SessionStorage`) without IndexedDB behind it.
///
/// No lock orders `localStorage` between tabs, so whatever is decided from it is read after a short wait, which
/// [`Storage::Local`](super::Storage::Local) does without. `sessionStorage` ends with its tab; but a tab that a page
/// opens with `window.open` begins with a copy of it, and so with the same refresh token: open such tabs with
/// `noopener`.
#[derive(Clone, Copy)]
pub struct GlooStorage(fn() -> web_sys::Storage);

impl GlooStorage {
    /// That storage, looked up when it is used.
    pub fn new<S: gloo_storage::Storage>() -> GlooStorage {
        GlooStorage(S::raw)
    }

    pub(super) async fn find(&self, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        self.settled().await?.find(keys)
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        self.settled().await?.swap(key, expected, new)
    }

    /// Gloo panics where a storage is missing or blocked, so it is asked only where none is.
    fn at_once(&self) -> Result<WebStorage, StorageError> {
        WebStorage::local().and(WebStorage::session()).ok_or(StorageError)?;
        WebStorage::of((self.0)().into()).ok_or(StorageError)
    }

    /// What a tab wrote to its `sessionStorage` is there at once: no other tab has it.
    async fn settled(&self) -> Result<WebStorage, StorageError> {
        let storage = self.at_once()?;
        if !storage.is_session() {
            clock::sleep(SETTLING).await;
        }
        Ok(storage)
    }
}
