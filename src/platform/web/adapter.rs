//! A storage of the app's own: the `StorageAdapter` of the JavaScript contract.

use super::interop::{Callback, elements, get};
use crate::platform::StorageError;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "StorageAdapter")]
    type Methods;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Methods, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn set(this: &Methods, key: &str, value: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn remove(this: &Methods, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn keys(this: &Methods, prefix: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn watch(this: &Methods, prefix: &str, on_change: Callback) -> Result<JsValue, JsValue>;
}

/// An object with the methods `get`, `set`, `remove` and `keys`, which answer at once or with promises, and perhaps
/// `watch`. What they throw is a [`StorageError`]. It must answer in bounded time: a lock may be held meanwhile.
pub struct Adapter(Methods);

impl Adapter {
    /// Refuses an object without all the methods, and names the one that is missing.
    pub fn new(object: JsValue) -> Result<Adapter, &'static str> {
        match ["get", "set", "remove", "keys"].into_iter().find(|name| !get(&object, name).is_function()) {
            Some(missing) => Err(missing),
            None => Ok(Adapter(object.unchecked_into())),
        }
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        let value = settle(self.0.get(key)).await?;
        match value.as_string() {
            None if !value.is_null() && !value.is_undefined() => Err(StorageError),
            text => Ok(text),
        }
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let keys = elements(&settle(self.0.keys(prefix)).await?).ok_or(StorageError)?;
        let mut found = Vec::new();
        for key in keys.iter().filter_map(JsValue::as_string).filter(|key| key.starts_with(prefix)) {
            if let Some(value) = self.read(&key).await? {
                found.push((key, value));
            }
        }
        Ok(found)
    }

    /// An adapter cannot compare and set at once: two contexts exclude each other by the lock that the callers hold,
    /// and without it the last write wins.
    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        if self.read(key).await?.as_deref() != expected {
            return Ok(false);
        }
        settle(match new {
            Some(new) => self.0.set(key, new),
            None => self.0.remove(key),
        })
        .await?;
        Ok(true)
    }

    /// Gives the callback away: the adapter may call it late, and the garbage collector frees it. Returns the function
    /// that ends it.
    pub(super) fn watch(&self, prefix: &str, on_change: Callback) -> Option<Function> {
        if !get(&self.0, "watch").is_function() {
            return None;
        }
        self.0.watch(prefix, on_change).ok()?.dyn_into().ok()
    }
}

/// Works for values and for promises of any make.
async fn settle(answer: Result<JsValue, JsValue>) -> Result<JsValue, StorageError> {
    let answer = answer.map_err(|_| StorageError)?;
    JsFuture::from(Promise::resolve(&answer)).await.map_err(|_| StorageError)
}
