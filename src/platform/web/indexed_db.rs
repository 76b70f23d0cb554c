//! IndexedDB: the only storage whose transactions order reads and writes between tabs.

use super::clock::Timer;
use super::interop::{Deferred, Listener, call, elements, get, get_text, global, listen, method, settled};
use super::storage::{Keys, Pairs};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The one object store of the database.
const STORE: &str = "records";
/// Browsers have been seen never to answer, and a lock is held meanwhile. Twice this time, in milliseconds: what slept
/// with the page has its first timer due as soon as the page wakes up, but not the one that it starts.
const PATIENCE: i32 = 5_000;

pub(super) struct Database {
    name: String,
    connection: RefCell<Option<Opening>>,
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

    pub(super) async fn find(&self, wanted: Keys<'_>) -> Result<Pairs, Fault> {
        let (mut keys, mut values) = (JsValue::UNDEFINED, JsValue::UNDEFINED);
        self.transact("readonly", &mut |_, records| {
            let range = match wanted {
                Keys::One(key) => vec![key.into(), key.into()],
                Keys::Prefix(prefix) => vec![prefix.into(), [prefix, "\u{ffff}"].concat().into()],
            };
            let range = call(&global("IDBKeyRange"), "bound", range)?;
            keys = call(records, "getAllKeys", vec![range.clone()])?;
            values = call(records, "getAll", vec![range])?;
            Ok(())
        })
        .await?;
        let results = |request| elements(&result(request)).ok_or(Fault::Failed);
        let pairs = results(&keys)?.into_iter().zip(results(&values)?);
        Ok(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))).collect())
    }

    /// Compares and writes in one transaction, which is what makes it atomic between tabs.
    pub(super) async fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> Result<bool, Fault> {
        let swapped = Rc::new(Cell::new(false));
        let mut comparison = None;
        self.transact("readwrite", &mut |transaction, records| {
            let current = call(records, "get", vec![key.into()])?;
            let compare = {
                let (key, expected, new) = (key.to_owned(), expected.map(str::to_owned), new.map(str::to_owned));
                let (transaction, records, swapped) = (transaction.clone(), records.clone(), swapped.clone());
                move |event| {
                    if result(&get(&event, "target")).as_string() == expected {
                        let written = match &new {
                            Some(new) => call(&records, "put", vec![new.into(), key.as_str().into()]),
                            None => call(&records, "delete", vec![key.as_str().into()]),
                        };
                        swapped.set(written.or_else(|_| call(&transaction, "abort", Vec::new())).is_ok());
                    }
                }
            };
            // Inside the event, where the transaction is certainly still active.
            comparison = Some(Listener::new(&current, &["success"], Box::new(compare)));
            Ok(())
        })
        .await?;
        drop(comparison);
        Ok(swapped.get())
    }

    /// What is issued at once, with the transaction and its object store, is done when this is ready.
    async fn transact(
        &self,
        mode: &str,
        issue: &mut dyn FnMut(&JsValue, &JsValue) -> Result<(), JsValue>,
    ) -> Result<(), Fault> {
        // A connection that was closed since (deleted database, cleared site data) refuses: then a new one is opened.
        for _ in 0..2 {
            let opening = self.opening()?;
            let opened = settled(Ok(opening.clone())).await;
            let connection = opened.as_ref().map(|event| result(&get(event, "target"))).unwrap_or_default();
            if let Ok(transaction) = call(&connection, "transaction", vec![STORE.into(), mode.into()]) {
                issue(&transaction, &call(&transaction, "objectStore", vec![STORE.into()])?)?;
                let (done, _timer) = outcome(&transaction, "complete", "abort");
                settled(Ok(done)).await?;
                return Ok(());
            }
            // Only this one: another task may have begun to open the next.
            self.connection.borrow_mut().take_if(|known| known.opened == opening);
            opened?;
        }
        Err(Fault::Failed)
    }

    /// Whether there is an IndexedDB at all.
    pub(super) fn exists(&self) -> bool {
        self.opening().is_ok()
    }

    fn opening(&self) -> Result<JsValue, Fault> {
        let mut connection = self.connection.borrow_mut();
        let opening = match connection.take() {
            Some(opening) => opening,
            None => Opening::begin(&self.name)?,
        };
        Ok(connection.insert(opening).opened.clone())
    }
}

/// A connection, or the way to it. All who wait share it, and nobody need wait to the end.
struct Opening {
    opened: JsValue,
    _listener: Listener,
    _timer: Timer,
}

impl Opening {
    /// Whatever version there is; the first one gets the object store.
    fn begin(name: &str) -> Result<Opening, Fault> {
        let request = call(&global("indexedDB"), "open", vec![name.into()]).map_err(|_| Fault::Absent)?;
        let prepare = |event: JsValue| {
            let connection = result(&get(&event, "target"));
            if get_text(&event, "type").as_deref() == Some("success") {
                // Whoever deletes the database need not wait for this tab.
                listen(&connection, "versionchange", &method(&connection, "close"));
            } else {
                let _ = call(&connection, "createObjectStore", vec![STORE.into()]);
            }
        };
        let listener = Listener::new(&request, &["upgradeneeded", "success"], Box::new(prepare));
        let (opened, timer) = outcome(&request, "success", "error");
        Ok(Opening { opened, _listener: listener, _timer: timer })
    }
}

/// Settled by one of two events of the target, or after a while.
fn outcome(target: &JsValue, good: &str, bad: &str) -> (JsValue, Timer) {
    let Deferred { promise, resolve, reject } = Deferred::new();
    listen(target, good, &resolve);
    listen(target, bad, &reject);
    (promise, Timer::start(vec![global("setTimeout"), PATIENCE.into(), reject, PATIENCE.into()]))
}

fn result(request: &JsValue) -> JsValue {
    get(request, "result")
}

impl From<JsValue> for Fault {
    fn from(_: JsValue) -> Self {
        Fault::Failed
    }
}
