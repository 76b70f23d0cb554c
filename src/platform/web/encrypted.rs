//! IndexedDB with every value encrypted (AES-GCM) under a key of the database's own that no script can export. What
//! lies on the disk is not readable without the key, and a script that reads the database gets no tokens out of it by
//! that alone; one that runs here can still use the key.
//!
//! Each value has an initialisation vector of its own, and is bound to its place: one that is copied to another key, or
//! out of another database, does not open. Where the key cannot be kept (no WebCrypto, WebKitGTK's SharedWorkers),
//! nothing can be written, and the sessions live in memory.

use super::crypto;
use super::indexed_db::Database;
use super::interop::{array, call, get, global, is_absent, object, settled};
use super::local::is_response;
use super::storage::{Keys, Pairs};
use super::web_storage::WebStorage;
use crate::platform::{SEALED, StorageError, UNREADABLE};
use crate::prelude::*;
use crate::protocol::base64url;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

const IV_LENGTH: usize = 12;

pub(super) struct Encrypted {
    pub(super) database: Database,
    /// Where the key lies.
    key_name: String,
}

impl Encrypted {
    /// What `Local` had in `localStorage` under that namespace is removed: it is readable.
    pub(super) fn new(namespace: &str) -> Encrypted {
        let prefix = [namespace, ":"].concat();
        if let Some(mirror) = WebStorage::local() {
            for (key, _) in mirror.find(Keys::Prefix(&prefix)).unwrap_or_default() {
                // A popup of another page may be waited for. What cannot be removed stays readable, as it was.
                if !is_response(&prefix, &key) {
                    let _ = mirror.write(&key, None);
                }
            }
        }
        Encrypted { database: Database::new(namespace), key_name: prefix + "key" }
    }

    pub(super) async fn find(&self, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        let mut found = self.database.find(keys).await.map_err(|_| StorageError)?;
        found.retain(|(name, _)| *name != self.key_name);
        if found.is_empty() {
            return Ok(found);
        }
        let key = self.key().await?;
        for (name, value) in &mut found {
            *value = self.open(&key, name, value).await?;
        }
        Ok(found)
    }

    pub(super) async fn swap(
        &self,
        name: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        let sealed = self.database.find(Keys::One(name)).await.map_err(|_| StorageError)?.pop().map(|(_, text)| text);
        let mut key = self.key().await?;
        let current = match &sealed {
            Some(sealed) => Some(self.open(&key, name, sealed).await?),
            None => None,
        };
        if current.as_deref() != expected {
            return Ok(false);
        }
        let new = match new {
            Some(text) => {
                if is_absent(&key) {
                    key = self.new_key().await?;
                }
                Some(self.seal(&key, name, text).await?)
            }
            None => None,
        };
        self.database.swap(name, sealed.as_deref(), new.as_deref()).await.map_err(|_| StorageError)
    }

    pub(super) async fn vacate(&self) {
        self.database.vacate(&self.key_name).await;
    }

    /// Read each time: another tab may have deleted the database, and begun a new one with another key.
    async fn key(&self) -> Result<JsValue, StorageError> {
        let row = self.database.rows(Keys::One(&self.key_name)).await.map_err(|_| StorageError)?.pop();
        Ok(row.map(|(_, key)| key).filter(|key| key.is_object()).unwrap_or_default())
    }

    /// Another tab may be faster: then its key is the one.
    async fn new_key(&self) -> Result<JsValue, StorageError> {
        let algorithm = object(vec![("name", "AES-GCM".into()), ("length", 256.into())]);
        let usages = array(vec!["encrypt".into(), "decrypt".into()]);
        let key = settled(call(&subtle()?, "generateKey", vec![algorithm, false.into(), usages])).await;
        let key = key.map_err(|_| StorageError)?;
        self.database.swap_object(&self.key_name, false, Some(&key)).await.map_err(|_| StorageError)?;
        self.key().await
    }

    async fn seal(&self, key: &JsValue, name: &str, text: &str) -> Result<String, StorageError> {
        let random = crypto::random();
        let iv = random.get(..IV_LENGTH).unwrap_or_default();
        let sealed = self.apply("encrypt", key, name, iv, text.as_bytes()).await?.ok_or(StorageError)?;
        Ok([SEALED, &base64url::encode(&[iv, &sealed].concat())].concat())
    }

    /// What does not open (tampered with, moved, of another key) stands for itself, unreadable to all who decode it: so
    /// it can be removed like anything else.
    async fn open(&self, key: &JsValue, name: &str, sealed: &str) -> Result<String, StorageError> {
        let octets = sealed.strip_prefix(SEALED).and_then(base64url::decode);
        if let Some((iv, content)) = octets.as_deref().and_then(|octets| octets.split_at_checked(IV_LENGTH))
            && !is_absent(key)
            && let Some(text) = self.apply("decrypt", key, name, iv, content).await?
            && let Ok(text) = String::from_utf8(text)
        {
            return Ok(text);
        }
        Ok([UNREADABLE, sealed].concat())
    }

    /// `None` if WebCrypto refuses.
    async fn apply(
        &self,
        operation: &str,
        key: &JsValue,
        name: &str,
        iv: &[u8],
        data: &[u8],
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let place = [SEALED, &self.key_name, "\n", name].concat();
        let parameters = object(vec![
            ("name", "AES-GCM".into()),
            ("iv", Uint8Array::from(iv).into()),
            ("additionalData", Uint8Array::from(place.as_bytes()).into()),
        ]);
        let arguments = vec![parameters, key.clone(), Uint8Array::from(data).into()];
        let done = settled(call(&subtle()?, operation, arguments)).await;
        Ok(done.ok().map(|buffer| Uint8Array::new(&buffer).to_vec()))
    }
}

fn subtle() -> Result<JsValue, StorageError> {
    let subtle = get(&global("crypto"), "subtle");
    if is_absent(&subtle) { Err(StorageError) } else { Ok(subtle) }
}
