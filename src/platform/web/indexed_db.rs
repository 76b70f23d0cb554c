//! IndexedDB: the only storage whose transactions order reads and writes between tabs.
//!
//! Reading makes no database: there is one from the first write until [`Database::vacate`] finds it empty.

use super::clock::{self, Timer};
use super::interop::{
    Deferred, Listener, call, elements, get, get_text, global, listen, method, scope, settled, try_get,
};
use super::storage::{Keys, Pairs};
use crate::platform::Signal;
use crate::prelude::*;
use crate::protocol::Millis;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::pin::pin;
use futures_util::future::{Either, select};
use wasm_bindgen::prelude::*;

/// The one object store of the database.
const STORE: &str = "records";
/// Browsers have been seen never to answer, and a lock is held meanwhile. Twice this time, in milliseconds: what slept
/// with the page has its first timer due as soon as the page wakes up, but not the one that it starts.
const PATIENCE: i32 = 5_000;
/// The same for a connection, which somebody who wants to sign in waits for. It may come later, and is used then.
const OPENING_PATIENCE: Millis = 2_500;
/// A database that did not answer is asked again after so long, with nobody waiting for it.
const SILENCE: Millis = 30_000;

/// Who is told when the database goes away under this context.
type Report = Rc<RefCell<Option<Rc<dyn Fn(Signal)>>>>;

pub(super) struct Database {
    name: String,
    connection: RefCell<Option<Rc<Opening>>>,
    /// What it begins with, should it be made.
    seed: RefCell<Pairs>,
    pub(super) report: Report,
}

/// Why the database did not do it.
pub(super) enum Fault {
    /// There is no IndexedDB here.
    Absent,
    /// It is there and fails.
    Failed,
}

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Read,
    Write,
}

impl Database {
    /// Opened when it is first used.
    pub(super) fn new(name: &str) -> Database {
        let (connection, seed, report) = (RefCell::default(), RefCell::default(), Report::default());
        Database { name: name.to_owned(), connection, seed, report }
    }

    pub(super) async fn find(&self, wanted: Keys<'_>) -> Result<Pairs, Fault> {
        Ok(self.find_in_existing(wanted).await?.unwrap_or_default())
    }

    /// `None` if there is no database.
    pub(super) async fn find_in_existing(&self, wanted: Keys<'_>) -> Result<Option<Pairs>, Fault> {
        let texts = |rows: Vec<(String, JsValue)>| {
            rows.into_iter().filter_map(|(key, value)| Some((key, value.as_string()?))).collect()
        };
        Ok(self.rows_in_existing(wanted).await?.map(texts))
    }

    /// Makes the database, if there is none yet, with these rows in it from its first moment on.
    pub(super) async fn found(&self, rows: Pairs) -> Result<(), Fault> {
        *self.seed.borrow_mut() = rows;
        let founded = self.transact(Mode::Write, &mut |_, _| Ok(())).await;
        self.seed.borrow_mut().clear();
        founded.map(drop)
    }

    /// Values of any type.
    pub(super) async fn rows(&self, wanted: Keys<'_>) -> Result<Vec<(String, JsValue)>, Fault> {
        Ok(self.rows_in_existing(wanted).await?.unwrap_or_default())
    }

    async fn rows_in_existing(&self, wanted: Keys<'_>) -> Result<Option<Vec<(String, JsValue)>>, Fault> {
        let (mut keys, mut values) = (JsValue::UNDEFINED, JsValue::UNDEFINED);
        let there = self
            .transact(Mode::Read, &mut |_, records| {
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
        if !there {
            return Ok(None);
        }
        let results = |request| elements(&result(request)).ok_or(Fault::Failed);
        let pairs = results(&keys)?.into_iter().zip(results(&values)?);
        Ok(Some(pairs.filter_map(|(key, value)| Some((key.as_string()?, value))).collect()))
    }

    pub(super) async fn swap(&self, key: &str, expected: Option<&str>, new: Option<&str>) -> Result<bool, Fault> {
        let expected = expected.map(str::to_owned);
        let is_expected = move |current: &JsValue| current.as_string() == expected;
        self.exchange(key, Rc::new(is_expected), new.map(JsValue::from)).await
    }

    /// Compares and writes in one transaction, which is what makes it atomic between tabs.
    pub(super) async fn exchange(
        &self,
        key: &str,
        is_expected: Rc<dyn Fn(&JsValue) -> bool>,
        new: Option<JsValue>,
    ) -> Result<bool, Fault> {
        // Nothing is there, and nothing is to be: no database is made for that.
        let mode = if new.is_some() { Mode::Write } else { Mode::Read };
        if mode == Mode::Read && self.rows(Keys::One(key)).await?.is_empty() {
            return Ok(is_expected(&JsValue::UNDEFINED));
        }
        let swapped = Rc::new(Cell::new(false));
        let mut comparison = None;
        self.transact(Mode::Write, &mut |transaction, records| {
            let current = call(records, "get", vec![key.into()])?;
            let compare = {
                let (key, is_expected, new) = (key.to_owned(), is_expected.clone(), new.clone());
                let (transaction, records, swapped) = (transaction.clone(), records.clone(), swapped.clone());
                move |event| {
                    if is_expected(&result(&get(&event, "target"))) {
                        let written = match &new {
                            Some(new) => call(&records, "put", vec![new.clone(), key.as_str().into()]),
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

    /// What is issued at once, with the transaction and its object store, is done when this is ready. `false` if it was
    /// to read and there is no database.
    async fn transact(
        &self,
        mode: Mode,
        issue: &mut dyn FnMut(&JsValue, &JsValue) -> Result<(), JsValue>,
    ) -> Result<bool, Fault> {
        let name = if mode == Mode::Read { "readonly" } else { "readwrite" };
        let mut version = JsValue::UNDEFINED;
        // A connection that was closed since (deleted database, cleared site data) refuses: then a new one is opened.
        // So does a database that somebody is about to delete; the one after it has the object store again.
        for _ in 0..4 {
            if mode == Mode::Read && self.connection.borrow().is_none() {
                match in_time(pin!(self.is_missing())).await {
                    Some(true) => return Ok(false),
                    Some(false) => {}
                    None => self.opening(mode, &version)?.silent.set(true),
                }
            }
            let opening = self.opening(mode, &version)?;
            if opening.silent.get() {
                return Err(Fault::Failed);
            }
            let Some(opened) = in_time(settled(Ok(opening.opened.clone()))).await else {
                opening.silent.set(true);
                return Err(Fault::Failed);
            };
            let connection = opened.as_ref().map(|event| result(&get(event, "target"))).unwrap_or_default();
            if let Ok(transaction) = call(&connection, "transaction", vec![STORE.into(), name.into()]) {
                issue(&transaction, &call(&transaction, "objectStore", vec![STORE.into()])?)?;
                let (done, _timer) = outcome(&transaction, "complete", "abort");
                // What ends it otherwise than by an event has waited in vain.
                return match settled(Ok(done)).await {
                    Ok(_) => Ok(true),
                    Err(ended) => {
                        opening.silent.set(!ended.is_object());
                        Err(Fault::Failed)
                    }
                };
            }
            // Only this one: another task may have begun to open the next.
            self.connection.borrow_mut().take_if(|known| Rc::ptr_eq(known, &opening));
            let without_store = opened.is_ok() && !has_store(&connection);
            if mode == Mode::Read && (opening.vacant.get() || without_store) {
                return Ok(false);
            }
            if without_store {
                let _ = call(&connection, "close", Vec::new());
                version = (get(&connection, "version").as_f64().unwrap_or(1.0) + 1.0).into();
            } else if !opening.vacant.get() && version.is_undefined() {
                opened?;
            } else {
                version = JsValue::UNDEFINED;
            }
        }
        Err(Fault::Failed)
    }

    /// Known without opening it.
    pub(super) async fn is_missing(&self) -> bool {
        // Where storage is blocked, Chromium answers the question with a rejection more than anybody can catch.
        if try_get(&scope(), "localStorage").is_err() {
            return false;
        }
        let Ok(list) = settled(call(&global("indexedDB"), "databases", Vec::new())).await else { return false };
        let list = elements(&list).unwrap_or_default();
        !list.iter().any(|database| get_text(database, "name").as_ref() == Some(&self.name))
    }

    /// Whether there is an IndexedDB at all.
    pub(super) fn exists(&self) -> bool {
        get(&global("indexedDB"), "open").is_function()
    }

    /// Deletes the database if nothing is in it but what `spare` is the key of. Other tabs' connections close
    /// themselves, and what others write at the same time is not lost: the emptiness is judged, the object store removed
    /// and the deletion queued in one exclusive transaction. Whoever comes later finds no store, and waits in the queue.
    pub(super) async fn vacate(&self, spare: &str) {
        let Ok(rows) = self.rows(Keys::Prefix("")).await else { return };
        let Some(opening) = self.connection.borrow_mut().take() else { return };
        let Ok(event) = settled(Ok(opening.opened.clone())).await else { return };
        let connection = result(&get(&event, "target"));
        if rows.iter().any(|(key, _)| key != spare) {
            *self.connection.borrow_mut() = Some(opening);
            return;
        }
        drop(opening);
        let _ = call(&connection, "close", Vec::new());
        let version = get(&connection, "version").as_f64().unwrap_or(1.0) + 1.0;
        let Ok(request) = call(&global("indexedDB"), "open", vec![self.name.as_str().into(), version.into()]) else {
            return;
        };
        let deleted = Deferred::new();
        let judging: Rc<RefCell<Option<Listener>>> = Rc::default();
        let prepare = {
            let (name, spare, request, judging) =
                (self.name.clone(), spare.to_owned(), request.clone(), judging.clone());
            let (resolve, reject) = (deleted.resolve, deleted.reject.clone());
            move |_| {
                let (name, spare, resolve, reject) = (name.clone(), spare.clone(), resolve.clone(), reject.clone());
                let (connection, transaction) = (result(&request), get(&request, "transaction"));
                let records = call(&transaction, "objectStore", vec![STORE.into()]).unwrap_or_default();
                let judge = move |event: JsValue| {
                    let keys = elements(&result(&get(&event, "target"))).unwrap_or_default();
                    if keys.iter().any(|key| key.as_string().as_deref() != Some(spare.as_str())) {
                        let _ = call(&transaction, "abort", Vec::new());
                        return;
                    }
                    let _ = call(&connection, "deleteObjectStore", vec![STORE.into()]);
                    let deletion = delete(&connection, &name);
                    listen(&deletion, "success", &resolve);
                    listen(&deletion, "error", &reject);
                };
                match call(&records, "getAllKeys", Vec::new()) {
                    Ok(keys) => {
                        *judging.borrow_mut() = Some(Listener::new(&keys, &["success"], Box::new(judge)));
                    }
                    // Somebody else was faster.
                    Err(_) => drop(call(&get(&request, "transaction"), "abort", Vec::new())),
                }
            }
        };
        let _preparing = Listener::new(&request, &["upgradeneeded"], Box::new(prepare));
        listen(&request, "error", &deleted.reject);
        let _timer = Timer::twice(PATIENCE, deleted.reject);
        // What could not be deleted is empty all the same.
        let _ = settled(Ok(deleted.promise)).await;
    }

    fn opening(&self, mode: Mode, version: &JsValue) -> Result<Rc<Opening>, Fault> {
        let mut connection = self.connection.borrow_mut();
        let begin = || {
            let seed = if mode == Mode::Write { self.seed.borrow().clone() } else { Pairs::new() };
            Opening::begin(&self.name, mode, version, &self.report, seed)
        };
        let opening = match connection.take() {
            Some(silent) if silent.silent.get() && clock::monotonic() - silent.since > SILENCE => {
                let another = begin()?;
                another.silent.set(true);
                another
            }
            Some(opening) => opening,
            None => begin()?,
        };
        Ok(connection.insert(opening).clone())
    }
}

/// A connection, or the way to it. All who wait share it, and nobody need wait to the end.
struct Opening {
    opened: JsValue,
    since: Millis,
    /// It was to read, and there is nothing to be read.
    vacant: Rc<Cell<bool>>,
    /// It was waited for in vain: nobody waits any more, until it does answer.
    silent: Rc<Cell<bool>>,
    _listener: Listener,
    _gone: Rc<RefCell<Option<Listener>>>,
}

impl Opening {
    /// Whatever version there is, unless it is said; a new one gets the object store.
    fn begin(name: &str, mode: Mode, version: &JsValue, report: &Report, seed: Pairs) -> Result<Rc<Opening>, Fault> {
        let mut arguments = vec![name.into()];
        arguments.extend((!version.is_undefined()).then(|| version.clone()));
        // Where there is a database that refuses, other tabs may use it: that is a failure, and not its absence.
        let database = global("indexedDB");
        let fault = if get(&database, "open").is_function() { Fault::Failed } else { Fault::Absent };
        let request = call(&database, "open", arguments).map_err(|_| fault)?;
        let (vacant, silent) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let gone = Rc::<RefCell<Option<Listener>>>::default();
        let prepare = {
            let (vacant, silent, gone) = (vacant.clone(), silent.clone(), gone.clone());
            let (report, name) = (report.clone(), name.to_owned());
            move |event: JsValue| {
                let connection = result(&get(&event, "target"));
                silent.set(false);
                if vacant.get() || get_text(&event, "type").as_deref() == Some("error") {
                    // It is about to be deleted, or cannot be had.
                } else if get_text(&event, "type").as_deref() == Some("success") {
                    // Whoever deletes the database need not wait for this tab.
                    listen(&connection, "versionchange", &method(&connection, "close"));
                    let (report, database) = (report.clone(), connection.clone());
                    let tell = move |event: JsValue| {
                        // A newer version is the beginning of our own deletion, after a sign-out; so is a missing store.
                        if get(&event, "newVersion").is_null_or_undefined() && has_store(&database) {
                            let report = report.borrow().clone();
                            report.iter().for_each(|report| report(Signal::Cleared));
                        }
                    };
                    *gone.borrow_mut() = Some(Listener::new(&connection, &["versionchange", "close"], Box::new(tell)));
                } else if mode == Mode::Read {
                    // WebKit keeps an empty database if its making is aborted.
                    vacant.set(true);
                    delete(&connection, &name);
                } else if !has_store(&connection) {
                    let records = call(&connection, "createObjectStore", vec![STORE.into()]).unwrap_or_default();
                    for (key, value) in &seed {
                        let _ = call(&records, "put", vec![value.into(), key.into()]);
                    }
                }
            }
        };
        let listener = Listener::new(&request, &["upgradeneeded", "success", "error"], Box::new(prepare));
        let opened = ended(&request, "success", "error").promise;
        // Perhaps nobody waits for it.
        drop(settled(Ok(opened.clone())));
        let since = clock::monotonic();
        Ok(Rc::new(Opening { opened, since, vacant, silent, _listener: listener, _gone: gone }))
    }
}

/// While a database without object stores is open for the first time, so that nobody comes in between: the request.
fn delete(connection: &JsValue, name: &str) -> JsValue {
    listen(connection, "versionchange", &method(connection, "close"));
    call(&global("indexedDB"), "deleteDatabase", vec![name.into()]).unwrap_or_default()
}

fn has_store(connection: &JsValue) -> bool {
    call(&get(connection, "objectStoreNames"), "contains", vec![STORE.into()]).is_ok_and(|has| has.is_truthy())
}

/// Settled by one of two events of the target.
fn ended(target: &JsValue, good: &str, bad: &str) -> Deferred {
    let deferred = Deferred::new();
    listen(target, good, &deferred.resolve);
    listen(target, bad, &deferred.reject);
    deferred
}

/// The same, or rejected with nothing after a while.
fn outcome(target: &JsValue, good: &str, bad: &str) -> (JsValue, Timer) {
    let Deferred { promise, reject, .. } = ended(target, good, bad);
    (promise, Timer::twice(PATIENCE, reject))
}

/// `None` if it takes longer than a connection may.
async fn in_time<F: Future + Unpin>(work: F) -> Option<F::Output> {
    let patience = async {
        clock::sleep(OPENING_PATIENCE).await;
        clock::sleep(OPENING_PATIENCE).await;
    };
    match select(work, pin!(patience)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

fn result(request: &JsValue) -> JsValue {
    get(request, "result")
}

impl From<JsValue> for Fault {
    fn from(_: JsValue) -> Self {
        Fault::Failed
    }
}
