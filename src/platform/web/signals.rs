//! What happens around this context, from all the events that tell it.

use super::channel::Channel;
use super::interop::{Listener, call_function, callback, get, get_text, global, scope};
use super::storage::Store;
use super::view::is_view;
use crate::platform::Signal;
use crate::prelude::*;
use alloc::rc::Rc;
use core::cell::RefCell;
use wasm_bindgen::prelude::*;

type Report = Rc<dyn Fn(Signal)>;
type Interpret = fn(&JsValue) -> Option<Signal>;

/// Listens while it lives.
pub struct Watch {
    _listeners: Vec<Listener>,
    adapter: Option<AdapterWatch>,
}

struct AdapterWatch {
    /// Emptied at the end: the adapter may call back later than that.
    report: Rc<RefCell<Option<Report>>>,
    unsubscribe: JsValue,
}

impl Watch {
    pub(super) fn begin(store: &Store, channel: &Channel, key_prefix: &str, report: Report) -> Watch {
        let mut sources: Vec<(JsValue, &'static [&'static str], Interpret)> = vec![
            (scope(), &["online", "focus", "pageshow", "pagehide"], of_page),
            (global("document"), &["visibilitychange", "resume", "freeze"], of_page),
        ];
        if let Some(channel) = channel.target() {
            sources.push((channel.clone(), &["message"], of_message));
        }
        if store.has_events() {
            sources.push((scope(), &["storage"], of_storage));
        }
        if let Some(database) = store.database() {
            sources.push((database.target().clone(), &["gone"], |_| Some(Signal::Cleared)));
        }
        let listen = |(target, events, interpret): (JsValue, _, Interpret)| {
            let (report, key_prefix) = (report.clone(), key_prefix.to_owned());
            let hear = move |event| match interpret(&event) {
                Some(Signal::Changed(key)) if is_view(&key_prefix, &key) => {
                    report(Signal::Viewed(key, get_text(&event, "newValue")));
                }
                Some(Signal::Changed(key)) if !key.starts_with(&key_prefix) => {}
                Some(signal) => report(signal),
                None => {}
            };
            Listener::new(&target, events, Box::new(hear))
        };
        Watch {
            _listeners: sources.into_iter().map(listen).collect(),
            adapter: watch_adapter(store, key_prefix, report),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(adapter) = &self.adapter {
            adapter.report.take();
            call_function(&adapter.unsubscribe);
        }
    }
}

fn of_page(event: &JsValue) -> Option<Signal> {
    match get_text(event, "type")?.as_str() {
        "online" => Some(Signal::Online),
        "focus" | "resume" => Some(Signal::Awake),
        // Any other page has just been loaded.
        "pageshow" => get(event, "persisted").is_truthy().then_some(Signal::Awake),
        "visibilitychange" => super::navigation::is_visible().then_some(Signal::Awake),
        "pagehide" | "freeze" => Some(Signal::Leaving),
        _ => None,
    }
}

fn of_message(event: &JsValue) -> Option<Signal> {
    get_text(event, "data").map(Signal::Changed)
}

/// Without a key, somebody called `clear`. `sessionStorage` has such events, too.
fn of_storage(event: &JsValue) -> Option<Signal> {
    if get(event, "storageArea") != global("localStorage") {
        return None;
    }
    Some(match get_text(event, "key") {
        Some(key) => Signal::Changed(key),
        None => Signal::Cleared,
    })
}

fn watch_adapter(store: &Store, key_prefix: &str, report: Report) -> Option<AdapterWatch> {
    let adapter = store.adapter()?;
    let report = Rc::new(RefCell::new(Some(report)));
    let on_change = {
        let (report, key_prefix) = (report.clone(), key_prefix.to_owned());
        callback(Box::new(move |key| {
            let report = report.borrow().clone();
            if let (Some(report), Some(key)) = (report, key.as_string().filter(|key| key.starts_with(&key_prefix))) {
                report(Signal::Changed(key));
            }
        }))
    };
    let unsubscribe = adapter.watch(key_prefix, on_change);
    Some(AdapterWatch { report, unsubscribe })
}
