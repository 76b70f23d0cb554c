//! A storage of the app's own: the `StorageAdapter` of the JavaScript contract.

use super::clock;
use super::interop::{Callback, call, elements, get, is_absent, settled};
use super::storage::{Keys, Pairs};
use crate::platform::StorageError;
use crate::prelude::*;
use crate::protocol::Millis;
use core::pin::pin;
use futures_util::future::{Either, select};
use wasm_bindgen::prelude::*;

/// Twice this is the longest that an adapter may take.
const PATIENCE: Millis = 5_000;

/// An object with the methods `get`, `set`, `remove` and `keys`, which answer at once or with promises, and perhaps
/// `watch`. What they throw is a [`StorageError`], and so is an answer that takes longer than ten seconds.
pub struct Adapter(JsValue);

impl Adapter {
    /// Refuses an object without all the methods, and names the one that is missing.
    pub fn new(object: JsValue) -> Result<Adapter, &'static str> {
        match ["get", "set", "remove", "keys"].into_iter().find(|name| !get(&object, name).is_function()) {
            Some(missing) => Err(missing),
            None => Ok(Adapter(object)),
        }
    }

    pub(super) async fn find(&self, wanted: Keys<'_>) -> Result<Pairs, StorageError> {
        let keys = match wanted {
            Keys::One(key) => vec![key.into()],
            Keys::Prefix(prefix) => elements(&self.ask("keys", vec![prefix.into()]).await?).ok_or(StorageError)?,
        };
        let mut found = Pairs::new();
        for key in keys.iter().filter_map(JsValue::as_string).filter(|key| wanted.include(key)) {
            let value = self.ask("get", vec![key.as_str().into()]).await?;
            if !is_absent(&value) {
                found.push((key, value.as_string().ok_or(StorageError)?));
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
        if self.find(Keys::One(key)).await?.first().map(|(_, value)| value.as_str()) != expected {
            return Ok(false);
        }
        match new {
            Some(new) => self.ask("set", vec![key.into(), new.into()]).await?,
            None => self.ask("remove", vec![key.into()]).await?,
        };
        Ok(true)
    }

    /// One that hangs fails in the end: a lock may be held meanwhile. What slept with the page has its first timer due as
    /// soon as the page wakes up, but not the second.
    async fn ask(&self, method: &str, arguments: Vec<JsValue>) -> Result<JsValue, StorageError> {
        let patience = async {
            clock::sleep(PATIENCE).await;
            clock::sleep(PATIENCE).await;
        };
        match select(settled(call(&self.0, method, arguments)), pin!(patience)).await {
            Either::Left((Ok(answer), _)) => Ok(answer),
            _ => Err(StorageError),
        }
    }

    /// Gives the callback away: the adapter may call it late, and the garbage collector frees it. Returns the function
    /// that ends it, if there is one.
    pub(super) fn watch(&self, prefix: &str, on_change: Callback) -> JsValue {
        call(&self.0, "watch", vec![prefix.into(), on_change.into_js_value()]).unwrap_or_default()
    }
}
