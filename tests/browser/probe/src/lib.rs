//! The storages of the platform as JavaScript sees a storage adapter: what `keyward/testing` can judge. And the JSON in
//! them, as the module reads and writes it.
#![cfg(target_arch = "wasm32")]

use js_sys::{Function, Promise};
use keyward::platform::{Area, Platform, Signal, StorageError};
use keyward::web::{Storage, Watch, Web};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// JSON text as the module writes it when it has read it.
#[wasm_bindgen]
pub fn rewritten(text: &str) -> Option<String> {
    Web::parse_json(text).map(|value| value.to_text())
}

/// One context over a built-in storage.
#[wasm_bindgen]
pub struct Probe {
    web: Web,
    /// Of all keys here: the storage has keys of its own beside them.
    prefix: String,
}

/// Listens until it is freed.
#[wasm_bindgen]
pub struct Watching {
    _watch: Watch,
}

#[wasm_bindgen]
impl Probe {
    #[wasm_bindgen(constructor)]
    pub fn new(storage: &str, namespace: &str) -> Result<Probe, JsError> {
        let storage = match storage {
            "local" => Storage::Local,
            "session" => Storage::Session,
            "memory" => Storage::Memory,
            "encrypted" => Storage::Encrypted,
            _ => return Err(JsError::new("no such storage")),
        };
        Ok(Probe { web: Web::new(storage, namespace), prefix: [namespace, ":of-test:"].concat() })
    }

    pub fn get(&self, key: &str) -> Promise {
        let (web, key) = (self.web.clone(), self.key(key));
        future_to_promise(async move {
            let text = web.read(Area::Sessions, &key).await.map_err(failure)?;
            Ok(text.map_or(JsValue::NULL, JsValue::from))
        })
    }

    pub fn set(&self, key: &str, value: String) -> Promise {
        self.put(key, Some(value))
    }

    pub fn remove(&self, key: &str) -> Promise {
        self.put(key, None)
    }

    pub fn keys(&self, prefix: &str) -> Promise {
        let (web, start, length) = (self.web.clone(), self.key(prefix), self.prefix.len());
        future_to_promise(async move {
            let found = web.list(Area::Sessions, &start).await.map_err(failure)?;
            let keys = found.into_iter().filter_map(|(key, _)| key.get(length..).map(JsValue::from));
            Ok(keys.collect::<js_sys::Array>().into())
        })
    }

    /// What an adapter does not have, and every built-in storage must.
    pub fn swap(&self, key: &str, expected: Option<String>, new: Option<String>) -> Promise {
        let (web, key) = (self.web.clone(), self.key(key));
        future_to_promise(async move {
            let swapped = web.swap(Area::Sessions, &key, expected.as_deref(), new.as_deref()).await;
            Ok(swapped.map_err(failure)?.into())
        })
    }

    pub fn vacate(&self) -> Promise {
        let web = self.web.clone();
        future_to_promise(async move {
            web.vacate().await;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn watch(&self, prefix: &str, on_change: Function) -> Watching {
        let (start, length) = (self.key(prefix), self.prefix.len());
        let watch = self.web.watch(move |signal| {
            if let Signal::Changed(key) = signal
                && key.starts_with(&start)
                && let Some(key) = key.get(length..)
            {
                // A listener that throws is the test's own affair.
                let _ = on_change.call1(&JsValue::NULL, &key.into());
            }
        });
        Watching { _watch: watch }
    }

    fn key(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    fn put(&self, key: &str, new: Option<String>) -> Promise {
        let (web, key) = (self.web.clone(), self.key(key));
        future_to_promise(async move {
            loop {
                let current = web.read(Area::Sessions, &key).await.map_err(failure)?;
                if web.swap(Area::Sessions, &key, current.as_deref(), new.as_deref()).await.map_err(failure)? {
                    web.announce(&key);
                    return Ok(JsValue::UNDEFINED);
                }
            }
        })
    }
}

fn failure(_: StorageError) -> JsValue {
    JsError::new("the storage cannot be used").into()
}
