//! The view: what this client leaves where a page can read it at once.

use super::storage::Store;
use crate::prelude::*;

pub(super) fn read(store: &Store, key: &str) -> Option<String> {
    store.beside()?.read(key).ok()?
}

pub(super) fn write(store: &Store, key: &str, view: Option<&str>) {
    let Some(storage) = store.beside() else { return };
    // Where it is full, what was there goes. Storage that can be read can be written, if it is to become less.
    let _ = storage.write(key, view).or_else(|_| storage.write(key, None));
}

/// Whether that is the key of a view in the namespace with that prefix: see session/view.rs.
pub(super) fn is_view(prefix: &str, key: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("view:"))
}
