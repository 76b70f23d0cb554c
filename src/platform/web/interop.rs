//! The few things of JavaScript that every file here uses. Nothing here throws: what is missing, or throws when it is
//! looked at, is absent.

use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

/// The one type of callback: the module carries the code around each type of closure once, and promises use this one.
pub(super) type Callback = Closure<dyn FnMut(JsValue) -> Result<(), JsError>>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;

    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn reflect_get(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set, catch)]
    fn reflect_set(object: &JsValue, name: &str, value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = entries, catch)]
    fn object_entries(object: &JsValue) -> Result<Vec<JsValue>, JsValue>;
    #[wasm_bindgen(js_namespace = Array, js_name = from, catch)]
    fn array_from(list: &JsValue) -> Result<Vec<JsValue>, JsValue>;

    type EventTarget;
    #[wasm_bindgen(method, js_name = addEventListener, catch)]
    fn add_event_listener(this: &EventTarget, event: &str, callback: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = removeEventListener, catch)]
    fn remove_event_listener(this: &EventTarget, event: &str, callback: &JsValue) -> Result<(), JsValue>;
}

/// A global object that exists and may be used: looking at `localStorage` throws in a sandboxed frame.
pub(super) fn global(name: &str) -> Option<JsValue> {
    member(&scope(), name)
}

/// The global scope itself.
pub(super) fn scope() -> JsValue {
    GLOBAL.with(JsValue::clone)
}

/// A member that is neither undefined nor null.
pub(super) fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = get(object, name);
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    reflect_get(object, name).unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn get_text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new().into();
    for (name, value) in members {
        let _ = reflect_set(&object, name, value);
    }
    object
}

/// The elements of an array, or of anything that `Array.from` takes.
pub(super) fn elements(list: &JsValue) -> Option<Vec<JsValue>> {
    array_from(list).ok()
}

/// The members of an object that are its own and enumerable.
pub(super) fn entries(object: &JsValue) -> Option<Vec<(String, JsValue)>> {
    let pair = |entry: JsValue| {
        let mut pair = elements(&entry)?.into_iter();
        Some((pair.next()?.as_string()?, pair.next()?))
    };
    object_entries(object).ok()?.into_iter().map(pair).collect()
}

/// Adds a function of JavaScript's own as a listener for good.
pub(super) fn listen_forever(target: &JsValue, event: &str, function: &JsValue) {
    let _ = target.unchecked_ref::<EventTarget>().add_event_listener(event, function);
}

/// Listens to events of a target while it lives. No event reaches the closure after that.
pub(super) struct Listener {
    target: EventTarget,
    events: &'static [&'static str],
    callback: Callback,
}

impl Listener {
    pub(super) fn new(
        target: &JsValue,
        events: &'static [&'static str],
        mut listen: impl FnMut(JsValue) + 'static,
    ) -> Listener {
        let callback = callback(Box::new(move |event| {
            listen(event);
            Ok(())
        }));
        for event in events {
            listen_forever(target, event, callback.as_js_value());
        }
        Listener { target: target.clone().unchecked_into(), events, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for event in self.events {
            let _ = self.target.remove_event_listener(event, self.callback.as_js_value());
        }
    }
}

pub(super) fn callback(function: Box<dyn FnMut(JsValue) -> Result<(), JsError>>) -> Callback {
    Closure::wrap(function)
}

/// Aborts what it was given to when it is dropped.
pub(super) struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    pub(super) fn new() -> Option<AbortOnDrop> {
        AbortController::new().ok().map(|controller| AbortOnDrop(Some(controller)))
    }

    pub(super) fn signal(&self) -> JsValue {
        self.0.as_ref().map(AbortController::signal).map_or(JsValue::UNDEFINED, AbortSignal::into)
    }

    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
