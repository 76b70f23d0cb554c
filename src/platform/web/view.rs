//! The view: what this client leaves where a page can read it at once.

use super::storage::Storage;
use super::web_storage::WebStorage;
use crate::prelude::*;

pub(super) struct View(Option<WebStorage>);

impl View {
    /// Where the records are readable anyway, and are every tab's. Whose a `sessionStorage` is, is not clear at once.
    pub(super) fn new(storage: &Storage) -> View {
        View(if matches!(storage, Storage::Local) { WebStorage::local() } else { None })
    }

    pub(super) fn read(&self, key: &str) -> Option<String> {
        self.0.as_ref()?.read(key).ok()?
    }

    pub(super) fn write(&self, key: &str, view: Option<&str>) {
        let Some(storage) = &self.0 else { return };
        // Where it is full, what was there goes. Storage that can be read can be written, if it is to become less.
        let _ = storage.write(key, view).or_else(|_| storage.write(key, None));
    }
}

/// Whether that is the key of a view in the namespace with that prefix: see session/view.rs.
pub(super) fn is_view(prefix: &str, key: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("view:"))
}
