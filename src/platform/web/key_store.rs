//! Keys for signatures: made so that no script can read them, and kept in IndexedDB, which takes them as they are. Where
//! sessions live in the memory of one page, a key is in IndexedDB only on the way to the provider and back.

use super::indexed_db::Database;
use super::interop::{array, call, get, global, object, settled};
use super::json::from_js;
use super::storage::{Keys, Storage};
use crate::platform::KeyError;
use crate::protocol::json::Json;
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

pub(super) struct KeyStore {
    database: Database,
    /// The key of encrypted storage, if that is what is used: alone it is of no use.
    spare: String,
    /// Where keys end up, if not in the database.
    memory: Option<RefCell<Vec<(String, JsValue)>>>,
}

impl KeyStore {
    pub(super) fn new(storage: &Storage, namespace: &str) -> KeyStore {
        let in_memory = matches!(storage, Storage::Memory);
        let spare = [namespace, ":key"].concat();
        KeyStore { database: Database::new(namespace), spare, memory: in_memory.then(RefCell::default) }
    }

    /// The public half as a JWK.
    pub(super) async fn create(&self, name: &str) -> Result<Json, KeyError> {
        let usages = array(vec!["sign".into(), "verify".into()]);
        let pair = subtle("generateKey", vec![algorithm(), false.into(), usages]).await?;
        let public = subtle("exportKey", vec!["jwk".into(), get(&pair, "publicKey")]).await?;
        let public = from_js(&public).ok_or(KeyError::Unavailable)?;
        let is_none = Rc::new(|current: &JsValue| !current.is_object());
        match self.database.exchange(name, is_none, Some(get(&pair, "privateKey"))).await {
            Ok(true) => Ok(public),
            _ => Err(KeyError::Storage),
        }
    }

    pub(super) async fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.find(name).await?;
        let signature = subtle("sign", vec![algorithm(), key, Uint8Array::from(signed).into()]).await?;
        Ok(Uint8Array::new(&signature).to_vec())
    }

    pub(super) async fn remove(&self, prefix: &str, before: Option<&str>) {
        let comes_before = |name: &str| before.is_none_or(|before| name < before);
        if let Some(memory) = &self.memory {
            memory.borrow_mut().retain(|(name, _)| !(name.starts_with(prefix) && comes_before(name)));
        }
        let mut rows = self.database.rows(Keys::Prefix(prefix)).await.unwrap_or_default();
        rows.retain(|(name, _)| comes_before(name));
        for (name, _) in &rows {
            // What cannot be removed is of no use to anybody.
            let _ = self.database.exchange(name, Rc::new(JsValue::is_object), None).await;
        }
        if !rows.is_empty() {
            // Where sessions live elsewhere, that was all.
            self.database.vacate(&self.spare).await;
        }
    }

    async fn find(&self, name: &str) -> Result<JsValue, KeyError> {
        let known = |memory: &RefCell<Vec<(String, JsValue)>>| {
            memory.borrow().iter().find(|(known, _)| known == name).map(|(_, key)| key.clone())
        };
        if let Some(key) = self.memory.as_ref().and_then(known) {
            return Ok(key);
        }
        let row = self.database.rows(Keys::One(name)).await.map_err(|_| KeyError::Storage)?.pop();
        let key = row.map(|(_, key)| key).filter(JsValue::is_object).ok_or(KeyError::Lost)?;
        if let Some(memory) = &self.memory {
            memory.borrow_mut().push((name.to_owned(), key.clone()));
            // What stays there is removed with all keys.
            let _ = self.database.exchange(name, Rc::new(JsValue::is_object), None).await;
            self.database.vacate(&self.spare).await;
        }
        Ok(key)
    }
}

/// For making keys and for signing alike; each takes what it knows.
fn algorithm() -> JsValue {
    object(vec![("name", "ECDSA".into()), ("namedCurve", "P-256".into()), ("hash", "SHA-256".into())])
}

async fn subtle(operation: &str, arguments: Vec<JsValue>) -> Result<JsValue, KeyError> {
    let subtle = get(&global("crypto"), "subtle");
    settled(call(&subtle, operation, arguments)).await.map_err(|_| KeyError::Unavailable)
}
