//! `localStorage` and `sessionStorage`, which answer at once, may be missing, blocked or full, and are not ordered
//! between tabs by any lock.

use super::interop::{entries, global};
use crate::platform::StorageError;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Storage")]
    type Browser;
    #[wasm_bindgen(method, js_name = getItem, catch)]
    fn get_item(this: &Browser, key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, js_name = setItem, catch)]
    fn set_item(this: &Browser, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = removeItem, catch)]
    fn remove_item(this: &Browser, key: &str) -> Result<(), JsValue>;
}

pub(super) struct WebStorage(Browser);

impl WebStorage {
    pub(super) fn local() -> Option<WebStorage> {
        global("localStorage").map(WebStorage::of)
    }

    pub(super) fn session() -> Option<WebStorage> {
        global("sessionStorage").map(WebStorage::of)
    }

    pub(super) fn of(storage: JsValue) -> WebStorage {
        WebStorage(storage.unchecked_into())
    }

    #[cfg(feature = "gloo-storage")]
    pub(super) fn is_session(&self) -> bool {
        global("sessionStorage").is_some_and(|session| session == *self.0)
    }

    pub(super) fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.0.get_item(key).map_err(|_| StorageError)
    }

    pub(super) fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let all = entries(&self.0).ok_or(StorageError)?;
        let ours = all.into_iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(ours.filter_map(|(key, value)| Some((key, value.as_string()?))).collect())
    }

    pub(super) fn write(&self, key: &str, value: Option<&str>) -> Result<(), StorageError> {
        let written = match value {
            Some(value) => self.0.set_item(key, value),
            None => self.0.remove_item(key),
        };
        written.map_err(|_| StorageError)
    }

    /// Within this context nothing comes between the comparison and the write.
    pub(super) fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> Result<bool, StorageError> {
        if self.read(key)?.as_deref() != expected {
            return Ok(false);
        }
        self.write(key, new).map(|()| true)
    }
}
