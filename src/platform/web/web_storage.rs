//! `localStorage` and `sessionStorage`, which answer at once, may be missing, blocked or full, and are not ordered
//! between tabs by any lock.

use super::interop::{call, global, is_absent, keys};
use super::storage::{Keys, Pairs};
use crate::platform::StorageError;
use crate::prelude::*;
use wasm_bindgen::prelude::*;

pub(super) struct WebStorage(JsValue);

impl WebStorage {
    pub(super) fn local() -> Option<WebStorage> {
        WebStorage::of(global("localStorage"))
    }

    pub(super) fn session() -> Option<WebStorage> {
        WebStorage::of(global("sessionStorage"))
    }

    pub(super) fn of(storage: JsValue) -> Option<WebStorage> {
        (!is_absent(&storage)).then_some(WebStorage(storage))
    }

    #[cfg(feature = "gloo-storage")]
    pub(super) fn is_session(&self) -> bool {
        global("sessionStorage") == self.0
    }

    pub(super) fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        let value = call(&self.0, "getItem", vec![key.into()]).map_err(|_| StorageError)?;
        Ok(value.as_string())
    }

    pub(super) fn find(&self, wanted: Keys<'_>) -> Result<Pairs, StorageError> {
        let mut names = match wanted {
            Keys::One(key) => vec![key.to_owned()],
            Keys::Prefix(_) => keys(&self.0).ok_or(StorageError)?,
        };
        names.retain(|key| wanted.include(key));
        let mut found = Pairs::new();
        for key in names {
            found.extend(self.read(&key)?.map(|value| (key, value)));
        }
        Ok(found)
    }

    pub(super) fn write(&self, key: &str, value: Option<&str>) -> Result<(), StorageError> {
        let written = match value {
            Some(value) => call(&self.0, "setItem", vec![key.into(), value.into()]),
            None => call(&self.0, "removeItem", vec![key.into()]),
        };
        written.map(drop).map_err(|_| StorageError)
    }

    /// Within this context nothing comes between the comparison and the write.
    pub(super) fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> Result<bool, StorageError> {
        if self.read(key)?.as_deref() != expected {
            return Ok(false);
        }
        self.write(key, new).map(|()| true)
    }
}
