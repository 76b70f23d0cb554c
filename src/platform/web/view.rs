//! The view: what this client leaves where a page can read it at once, `localStorage` or `sessionStorage`.

use super::storage::Storage;
use super::web_storage::WebStorage;

pub(super) struct View {
    storage: Option<WebStorage>,
    key: String,
    /// Before it is clear whose `sessionStorage` this is, nothing in it is known.
    is_known: bool,
}

impl View {
    /// Beside the records where those are readable anyway, and nowhere else.
    pub(super) fn new(storage: &Storage, key_prefix: &str) -> View {
        let (storage, is_known) = match storage {
            Storage::Local => (WebStorage::local(), true),
            Storage::Session => (WebStorage::session(), false),
            _ => (None, false),
        };
        View { storage, key: key_of(key_prefix), is_known }
    }

    pub(super) fn read(&self) -> Option<String> {
        self.storage.as_ref().filter(|_| self.is_known)?.read(&self.key).ok()?
    }

    pub(super) fn write(&self, view: Option<&str>) {
        let Some(storage) = &self.storage else { return };
        // Where it is full, what was there goes. Storage that can be read can be written, if it is to become less.
        let _ = storage.write(&self.key, view).or_else(|_| storage.write(&self.key, None));
    }
}

/// pkg/head.js has the same.
pub(super) fn key_of(key_prefix: &str) -> String {
    [key_prefix, "view"].concat()
}
