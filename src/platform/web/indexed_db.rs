//! IndexedDB: the only storage whose transactions order reads and writes between tabs.
//!
//! Reading makes no database: there is one from the first write until [`Database::vacate`] finds it empty.
//!
//! `indexed_db.js` does it: requests, their events and how long they may take are plumbing between browser interfaces. There
//! it is 1.2 kB of brotli, where it was 4.2 kB of the module. What has begun goes on if its future is dropped.

use super::interop::{array, call, elements, get, settled};
use super::storage::{Keys, Pairs};
use crate::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/platform/web/indexed_db.js")]
extern "C" {
    #[wasm_bindgen(js_name = Database)]
    type Script;
    #[wasm_bindgen(constructor, js_class = Database)]
    fn new(name: &str) -> Script;
}

/// Opened when it is first used.
pub(super) struct Database(JsValue);

/// Why the database did not do it.
pub(super) enum Fault {
    /// There is no IndexedDB here.
    Absent,
    /// It is there and fails.
    Failed,
}

impl Database {
    pub(super) fn new(name: &str) -> Database {
        Database(Script::new(name).into())
    }

    pub(super) async fn find(&self, wanted: Keys<'_>) -> Result<Pairs, Fault> {
        Ok(self.find_in_existing(wanted).await?.unwrap_or_default())
    }

    /// `None` if there is no database.
    pub(super) async fn find_in_existing(&self, wanted: Keys<'_>) -> Result<Option<Pairs>, Fault> {
        let text = |(key, value): (String, JsValue)| Some((key, value.as_string()?));
        Ok(self.rows_in_existing(wanted).await?.map(|rows| rows.into_iter().filter_map(text).collect()))
    }

    /// Makes the database, if there is none yet, with these rows in it from its first moment on.
    pub(super) async fn found(&self, rows: Pairs) -> Result<(), Fault> {
        let rows = rows.into_iter().map(|(key, value)| array(vec![key.into(), value.into()])).collect();
        self.ask("found", vec![array(rows)]).await?;
        Ok(())
    }

    /// Values of any type.
    pub(super) async fn rows(&self, wanted: Keys<'_>) -> Result<Vec<(String, JsValue)>, Fault> {
        Ok(self.rows_in_existing(wanted).await?.unwrap_or_default())
    }

    async fn rows_in_existing(&self, wanted: Keys<'_>) -> Result<Option<Vec<(String, JsValue)>>, Fault> {
        let range = match wanted {
            Keys::One(key) => vec![key.into(), key.into()],
            Keys::Prefix(prefix) => vec![prefix.into(), [prefix, "\u{ffff}"].concat().into()],
        };
        let rows = self.ask("rows", range).await?;
        if rows.is_undefined() {
            return Ok(None);
        }
        let mut members = elements(&rows).ok_or(Fault::Failed)?.into_iter();
        let mut rows = Vec::new();
        while let (Some(key), Some(value)) = (members.next(), members.next()) {
            rows.extend(key.as_string().map(|key| (key, value)));
        }
        Ok(Some(rows))
    }

    /// Compare-and-set of a text.
    pub(super) async fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> Result<bool, Fault> {
        Ok(self.ask("swap", vec![key.into(), expected.into(), new.into()]).await?.is_truthy())
    }

    /// The same for what is no text, and is either there or not.
    pub(super) async fn swap_object(&self, key: &str, is_there: bool, new: Option<&JsValue>) -> Result<bool, Fault> {
        let new = new.cloned().unwrap_or_default();
        Ok(self.ask("swapObject", vec![key.into(), is_there.into(), new]).await?.is_truthy())
    }

    /// Known without opening it.
    pub(super) async fn is_missing(&self) -> bool {
        self.ask("isMissing", Vec::new()).await.is_ok_and(|is_missing| is_missing.is_truthy())
    }

    /// Whether there is an IndexedDB at all.
    pub(super) fn exists(&self) -> bool {
        get(&self.0, "exists").is_truthy()
    }

    /// Deletes the database if nothing is in it but what `spare` is the key of.
    pub(super) async fn vacate(&self, spare: &str) {
        // What could not be deleted is empty all the same.
        let _ = self.ask("vacate", vec![spare.into()]).await;
    }

    /// What the event "gone" comes from: the database was deleted under this context.
    pub(super) fn target(&self) -> &JsValue {
        &self.0
    }

    fn ask(&self, method: &str, arguments: Vec<JsValue>) -> JsFuture {
        settled(call(&self.0, method, arguments))
    }
}

impl From<JsValue> for Fault {
    fn from(cause: JsValue) -> Self {
        if cause.as_string().as_deref() == Some("absent") { Fault::Absent } else { Fault::Failed }
    }
}
