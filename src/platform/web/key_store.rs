//! Keys for signatures: made so that no script can read them, and kept in IndexedDB, which takes them as they are. Where
//! sessions live in the memory of one page, a key is in IndexedDB only on the way to the provider and back. Where IndexedDB
//! fails, a page that stays keeps the key itself, until it can be written.

use super::indexed_db::Database;
use super::interop::{array, call, get, global, object, settled};
use super::json::from_js;
use super::storage::{Keys, Storage};
use crate::platform::{Area, KeyError};
use crate::prelude::*;
use crate::protocol::json::Json;
use core::cell::RefCell;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

pub(super) struct KeyStore {
    database: Database,
    /// The key of encrypted storage, if that is what is used: alone it is of no use.
    spare: String,
    /// Whether keys end up in memory, and not in the database.
    in_memory: bool,
    memory: RefCell<Vec<(String, JsValue)>>,
}

impl KeyStore {
    pub(super) fn new(storage: &Storage, namespace: &str) -> KeyStore {
        let in_memory = matches!(storage, Storage::Memory);
        let spare = [namespace, ":key"].concat();
        KeyStore { database: Database::new(namespace), spare, in_memory, memory: RefCell::default() }
    }

    /// The public half as a JWK.
    pub(super) async fn create(&self, area: Area, name: &str) -> Result<Json, KeyError> {
        let usages = array(vec!["sign".into(), "verify".into()]);
        let pair = subtle("generateKey", vec![algorithm(), false.into(), usages]).await?;
        let public = subtle("exportKey", vec!["jwk".into(), get(&pair, "publicKey")]).await?;
        let public = from_js(&public).ok_or(KeyError::Unavailable)?;
        let key = get(&pair, "privateKey");
        let stays = area == Area::Visits;
        if stays && self.in_memory || !self.write(name, &key).await {
            if !stays {
                return Err(KeyError::Storage);
            }
            self.memory.borrow_mut().push((name.to_owned(), key));
        }
        Ok(public)
    }

    /// Writes the keys that could not be written.
    pub(super) async fn write_again(&self) {
        let unwritten = if self.in_memory { Vec::new() } else { self.memory.borrow().clone() };
        for (name, key) in unwritten {
            if self.write(&name, &key).await {
                self.memory.borrow_mut().retain(|(known, _)| *known != name);
            }
        }
    }

    async fn write(&self, name: &str, key: &JsValue) -> bool {
        matches!(self.database.swap_object(name, false, Some(key)).await, Ok(true))
    }

    pub(super) async fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.find(name).await?;
        let signature = subtle("sign", vec![algorithm(), key, Uint8Array::from(signed).into()]).await?;
        Ok(Uint8Array::new(&signature).to_vec())
    }

    pub(super) async fn remove(&self, prefix: &str, before: Option<&str>) {
        let comes_before = |name: &str| before.is_none_or(|before| name < before);
        self.memory.borrow_mut().retain(|(name, _)| !(name.starts_with(prefix) && comes_before(name)));
        let mut rows = self.database.rows(Keys::Prefix(prefix)).await.unwrap_or_default();
        rows.retain(|(name, _)| comes_before(name));
        for (name, _) in &rows {
            // What cannot be removed is of no use to anybody.
            let _ = self.database.swap_object(name, true, None).await;
        }
        if !rows.is_empty() {
            // Where sessions live elsewhere, that was all.
            self.database.vacate(&self.spare).await;
        }
    }

    async fn find(&self, name: &str) -> Result<JsValue, KeyError> {
        let known = self.memory.borrow().iter().find(|(known, _)| known == name).map(|(_, key)| key.clone());
        if let Some(key) = known {
            return Ok(key);
        }
        let row = self.database.rows(Keys::One(name)).await.map_err(|_| KeyError::Storage)?.pop();
        let key = row.map(|(_, key)| key).filter(JsValue::is_object).ok_or(KeyError::Lost)?;
        if self.in_memory {
            self.memory.borrow_mut().push((name.to_owned(), key.clone()));
            // What stays there is removed with all keys.
            let _ = self.database.swap_object(name, true, None).await;
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
