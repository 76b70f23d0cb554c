//! IndexedDB: the only storage whose transactions order reads and writes between tabs.

use super::clock;
use super::interop::{Listener, elements, get, get_text, global, listen_forever};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

/// The one object store of the database.
const STORE: &str = "records";
/// Browsers have been seen never to answer; a lock is held meanwhile. Twice this time, because what slept with the
/// page has one of its timers due when the page wakes up, and the other one not.
const PATIENCE: i64 = 5_000;

pub(super) struct Database {
    name: String,
    /// Shared by all who wait for the connection, and opened also if they stop waiting.
    connection: RefCell<Option<Promise>>,
}

/// Why the database did not do it.
pub(super) enum Fault {
    /// There is no IndexedDB here.
    Absent,
    /// It is there and fails.
    Failed,
}

impl Database {
    /// Opened when it is first used.
    pub(super) fn new(name: &str) -> Database {
        Database { name: name.to_owned(), connection: RefCell::default() }
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<String>, Fault> {
        let (transaction, records) = self.begin("readonly").await?;
        let value = records.get(key)?;
        finish(&transaction).await?;
        Ok(result(&value).as_string())
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>, Fault> {
        let (transaction, records) = self.begin("readonly").await?;
        let range = bound(prefix, &[prefix, "\u{ffff}"].concat())?;
        let (keys, values) = (records.get_all_keys(&range)?, records.get_all(&range)?);
        finish(&transaction).await?;
        let texts = |request| elements(&result(request)).ok_or(Fault::Failed);
        let pairs = texts(&keys)?.into_iter().zip(texts(&values)?);
        Ok(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
    }

    /// Compares and writes in one transaction, which is what makes it atomic between tabs.
    pub(super) async fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> Result<bool, Fault> {
        let (transaction, records) = self.begin("readwrite").await?;
        let current = records.get(key)?;
        let swapped = Rc::new(Cell::new(false));
        let compare = {
            let (key, expected, new) = (key.to_owned(), expected.map(str::to_owned), new.map(str::to_owned));
            let (transaction, current, swapped) = (transaction.clone(), current.clone(), swapped.clone());
            move |_| {
                if result(&current).as_string() == expected {
                    let written = match &new {
                        Some(new) => records.put(new, &key),
                        None => records.delete(&key),
                    };
                    match written {
                        Ok(_) => swapped.set(true),
                        Err(_) => abort(&transaction),
                    }
                }
            }
        };
        // Inside the event, where the transaction is certainly still active.
        let _compare = Listener::new(&current, &["success"], compare);
        finish(&transaction).await?;
        Ok(swapped.get())
    }

    async fn begin(&self, mode: &str) -> Result<(Transaction, Records), Fault> {
        // A connection that was closed since (deleted database, cleared site data) refuses: then a new one is opened.
        for _ in 0..2 {
            if let Ok(transaction) = self.connect().await?.transaction(STORE, mode) {
                let records = transaction.object_store(STORE)?;
                return Ok((transaction, records));
            }
            self.connection.take();
        }
        Err(Fault::Failed)
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let known = self.connection.borrow().clone();
        let opening = match known {
            Some(opening) => opening,
            None => self.connection.borrow_mut().insert(open(&self.name)?).clone(),
        };
        match patiently(JsFuture::from(opening)).await? {
            Ok(connection) => Ok(connection.unchecked_into()),
            Err(_) => {
                self.connection.take();
                Err(Fault::Failed)
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(opening) = self.connection.take() {
            spawn_local(async move {
                if let Ok(connection) = JsFuture::from(opening).await {
                    connection.unchecked_into::<Connection>().close();
                }
            });
        }
    }
}

/// Whatever version there is; the first one gets the object store.
fn open(name: &str) -> Result<Promise, Fault> {
    let factory = global("indexedDB").ok_or(Fault::Absent)?.unchecked_into::<Factory>();
    let request = factory.open(name).map_err(|_| Fault::Absent)?;
    let (opened, outcome) = oneshot::channel();
    let mut opened = Some(opened);
    let listener = Listener::new(&request, &["upgradeneeded", "success", "error"], {
        let request = request.clone();
        move |event| {
            let connection = result(&request);
            match get_text(&event, "type").as_deref() {
                Some("upgradeneeded") => drop(connection.unchecked_into::<Connection>().create_object_store(STORE)),
                Some("success") => drop(opened.take().map(|opened| opened.send(connection))),
                _ => {
                    // Or it would be an error of the page's.
                    event.unchecked_into::<web_sys::Event>().prevent_default();
                    opened = None;
                }
            }
        }
    });
    Ok(future_to_promise(async move {
        let connection = outcome.await.map_err(|_| JsValue::UNDEFINED)?;
        drop(listener);
        // Whoever deletes the database need not wait for this tab.
        if let Some(close) = get(&connection, "close").dyn_ref::<Function>() {
            listen_forever(&connection, "versionchange", &close.bind0(&connection));
        }
        Ok(connection)
    }))
}

async fn finish(transaction: &Transaction) -> Result<(), Fault> {
    let (finished, outcome) = oneshot::channel();
    let mut finished = Some(finished);
    let _listener = Listener::new(transaction, &["complete", "abort"], move |event| {
        let complete = get_text(&event, "type").as_deref() == Some("complete");
        let _ = finished.take().map(|finished| finished.send(complete));
    });
    match patiently(outcome).await {
        Ok(Ok(true)) => Ok(()),
        Ok(_) => Err(Fault::Failed),
        Err(fault) => {
            abort(transaction);
            Err(fault)
        }
    }
}

async fn patiently<T>(future: impl Future<Output = T> + Unpin) -> Result<T, Fault> {
    let patience = pin!(async {
        clock::sleep(PATIENCE).await;
        clock::sleep(PATIENCE).await;
    });
    match select(future, patience).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(_) => Err(Fault::Failed),
    }
}

fn abort(transaction: &Transaction) {
    let _ = transaction.abort();
}

fn result(request: &JsValue) -> JsValue {
    get(request, "result")
}

impl From<JsValue> for Fault {
    fn from(_: JsValue) -> Self {
        Fault::Failed
    }
}

#[wasm_bindgen]
extern "C" {
    type Factory;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Factory, name: &str) -> Result<JsValue, JsValue>;

    type Connection;
    #[wasm_bindgen(method, js_name = createObjectStore, catch)]
    fn create_object_store(this: &Connection, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Connection, store: &str, mode: &str) -> Result<Transaction, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Connection);

    #[derive(Clone)]
    type Transaction;
    #[wasm_bindgen(method, js_name = objectStore, catch)]
    fn object_store(this: &Transaction, name: &str) -> Result<Records, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn abort(this: &Transaction) -> Result<(), JsValue>;

    type Records;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Records, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = getAll, catch)]
    fn get_all(this: &Records, range: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = getAllKeys, catch)]
    fn get_all_keys(this: &Records, range: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn put(this: &Records, value: &str, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn delete(this: &Records, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = IDBKeyRange, catch)]
    fn bound(lower: &str, upper: &str) -> Result<JsValue, JsValue>;
}
