//! The view: what this client leaves where a page can read it at once, `localStorage` or `sessionStorage`.

use super::storage::Storage;
use super::web_storage::WebStorage;

pub(super) struct View {
    storage: Option<WebStorage>,
    /// Before it is clear whose `sessionStorage` this is, nothing in it is known.
    is_known: bool,
}

impl View {
    /// Beside the records where those are readable anyway, and nowhere else.
    pub(super) fn new(storage: &Storage) -> View {
        let (storage, is_known) = match storage {
            Storage::Local => (WebStorage::local(), true),
            Storage::Session => (WebStorage::session(), false),
            _ => (None, false),
        };
        View { storage, is_known }
    }

    pub(super) fn read(&self, key: &str) -> Option<String> {
        self.storage.as_ref().filter(|_| self.is_known)?.read(key).ok()?
    }

    pub(super) fn write(&self, key: &str, view: Option<&str>) {
        let Some(storage) = &self.storage else { return };
        // Where it is full, what was there goes. Storage that can be read can be written, if it is to become less.
        let _ = storage.write(key, view).or_else(|_| storage.write(key, None));
    }
}

/// Whether that is the key of a view in the namespace with that prefix: see session/view.rs.
pub(super) fn is_view(prefix: &str, key: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("view:"))
}
