//! Calls that the app may abort.

use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode};
use core::pin::Pin;
use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    type Signal;
    #[wasm_bindgen(method, getter)]
    fn aborted(this: &Signal) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = addEventListener)]
    fn listening(this: &Signal) -> JsValue;
    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &Signal, event: &str, listener: &Function);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove_event_listener(this: &Signal, event: &str, listener: &Function);
}

pub(super) type Work = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// The same work, or the error of an abort as soon as there is one: the work is dropped then.
pub(super) fn abortable(signal: Option<JsValue>, work: Work) -> Work {
    match signal {
        Some(signal) => Box::pin(unless_aborted(signal, work)),
        None => work,
    }
}

async fn unless_aborted(signal: JsValue, work: Work) -> Result<JsValue, Error> {
    if !is_aborted(&signal) {
        let (_listener, abort) = Listener::new(signal.unchecked_into());
        if let Either::Left((outcome, _)) = select(work, abort).await {
            return outcome;
        }
    }
    Err(Error::new(ErrorCode::Aborted, "the call was aborted"))
}

/// An `AbortSignal`, or something that is used like one.
pub(super) fn is_signal(value: &JsValue) -> bool {
    let signal: &Signal = value.unchecked_ref();
    value.is_object() && signal.aborted().as_bool().is_some() && signal.listening().is_function()
}

pub(super) fn is_aborted(signal: &JsValue) -> bool {
    signal.unchecked_ref::<Signal>().aborted().is_truthy()
}

struct Listener {
    signal: Signal,
    resolve: Function,
}

impl Listener {
    /// A future that is ready when the signal is aborted, and what ends the listening when dropped.
    fn new(signal: Signal) -> (Listener, JsFuture) {
        let mut resolve = None;
        let promise = Promise::new(&mut |function, _| resolve = Some(function));
        let resolve = resolve.unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into());
        signal.add_event_listener("abort", &resolve);
        (Listener { signal, resolve }, JsFuture::from(promise))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.signal.remove_event_listener("abort", &self.resolve);
        // A promise that is never settled would keep its callbacks in the module's memory.
        let _ = self.resolve.call0(&JsValue::NULL);
    }
}
