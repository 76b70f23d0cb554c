//! How the files here speak to JavaScript: by names, looked up when they are used. In the module that is smaller than a
//! binding for every method, and what is missing or throws (`localStorage` in a sandboxed frame does when it is looked
//! at) is an error like any other, here and not somewhere in the glue.

use crate::prelude::*;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    pub(super) fn try_get(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = apply, catch)]
    pub(super) fn apply(function: &JsValue, this: &JsValue, arguments: Vec<JsValue>) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = construct, catch)]
    fn construct(constructor: &JsValue, arguments: Vec<JsValue>) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Array, js_name = from, catch)]
    fn array_from(list: &JsValue) -> Result<Vec<JsValue>, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// The global scope, of whatever kind. Not `js_sys::global`: its last resort is `new Function`, which scanners of
/// policies and extensions point at.
pub(super) fn scope() -> JsValue {
    GLOBAL.with(JsValue::clone)
}

pub(super) fn global(name: &str) -> JsValue {
    get(&scope(), name)
}

/// Undefined also where the object is, or where looking throws. Where it is plain that looking would throw, it is not
/// tried: of each exception, wasm-bindgen keeps a slot of its table for ever.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    if is_absent(object) { JsValue::UNDEFINED } else { try_get(object, name).unwrap_or_default() }
}

pub(crate) fn get_text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

pub(super) fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// A method that is missing fails with undefined.
pub(super) fn call(object: &JsValue, method: &str, arguments: Vec<JsValue>) -> Result<JsValue, JsValue> {
    let method = get(object, method);
    if method.is_function() { apply(&method, object, arguments) } else { Err(JsValue::UNDEFINED) }
}

pub(super) fn call_function(function: &JsValue) {
    let _ = apply(function, &JsValue::UNDEFINED, Vec::new());
}

pub(super) fn create(class: &str, arguments: Vec<JsValue>) -> Result<JsValue, JsValue> {
    construct(&global(class), arguments)
}

/// The elements of an array, or of anything that `Array.from` takes.
pub(crate) fn elements(list: &JsValue) -> Option<Vec<JsValue>> {
    array_from(list).ok()
}

pub(super) fn array(elements: Vec<JsValue>) -> JsValue {
    call(&global("Array"), "of", elements).unwrap_or_default()
}

/// The names of the members that are an object's own and enumerable.
pub(super) fn keys(object: &JsValue) -> Option<Vec<String>> {
    let keys = call(&global("Object"), "keys", vec![object.clone()]).ok()?;
    Some(elements(&keys)?.iter().filter_map(JsValue::as_string).collect())
}

/// Members of any name become the object's own, `__proto__` too.
pub(super) fn object(members: Vec<(&str, JsValue)>) -> JsValue {
    let entries = members.into_iter().map(|(name, value)| array(vec![name.into(), value])).collect();
    call(&global("Object"), "fromEntries", vec![array(entries)]).unwrap_or_default()
}

/// Waits for a promise of any make, or takes a value that is none. Dropped, it still takes note of a rejection.
pub(super) fn settled(outcome: Result<JsValue, JsValue>) -> JsFuture {
    JsFuture::from(match outcome {
        Ok(value) => Promise::resolve(&value),
        Err(thrown) => Promise::reject(&thrown),
    })
}

/// A promise, and the function that fulfils it.
pub(super) struct Deferred {
    pub(super) promise: JsValue,
    pub(super) resolve: JsValue,
}

impl Deferred {
    pub(super) fn new() -> Deferred {
        let mut fulfil = JsValue::UNDEFINED;
        let promise = Promise::new_typed::<JsValue>(&mut |resolve, _| fulfil = resolve.into());
        Deferred { promise: promise.into(), resolve: fulfil }
    }
}

/// Promises use this type of callback; a second one would bring its own code into the module.
pub(super) type Callback = Closure<dyn FnMut(JsValue) -> Result<(), JsError>>;

pub(super) fn callback(mut function: Box<dyn FnMut(JsValue)>) -> Callback {
    Closure::new(move |argument| {
        function(argument);
        Ok(())
    })
}

/// Adds a function of JavaScript's own: one of this module's must not outlive what it belongs to.
pub(super) fn listen(target: &JsValue, event: &str, function: &JsValue) {
    let _ = call(target, "addEventListener", vec![event.into(), function.clone()]);
}

/// Listens to events of a target while it lives. No event reaches the closure after that.
pub(super) struct Listener {
    target: JsValue,
    events: &'static [&'static str],
    callback: Callback,
}

impl Listener {
    pub(super) fn new(
        target: &JsValue,
        events: &'static [&'static str],
        function: Box<dyn FnMut(JsValue)>,
    ) -> Listener {
        let callback = callback(function);
        events.iter().for_each(|event| listen(target, event, callback.as_js_value()));
        Listener { target: target.clone(), events, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for event in self.events {
            let arguments = vec![(*event).into(), self.callback.as_js_value().clone()];
            let _ = call(&self.target, "removeEventListener", arguments);
        }
    }
}

/// An AbortController that aborts when it is dropped.
pub(super) struct Abort(pub(super) JsValue);

impl Abort {
    pub(super) fn new() -> Abort {
        Abort(create("AbortController", Vec::new()).unwrap_or_default())
    }

    pub(super) fn signal(&self) -> JsValue {
        get(&self.0, "signal")
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        let _ = call(&self.0, "abort", Vec::new());
    }
}
