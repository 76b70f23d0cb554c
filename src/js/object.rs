//! Frozen objects.

use crate::platform::web::to_js;
use crate::protocol::json::Json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Object, js_name = freeze)]
    fn freeze(value: &JsValue);
    #[wasm_bindgen(js_namespace = Object, js_name = values)]
    fn values(object: &JsValue) -> Vec<JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn from_entries(entries: Vec<JsValue>) -> JsValue;
    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    fn pair(name: &str, value: &JsValue) -> JsValue;
    #[wasm_bindgen(js_namespace = Array, js_name = of, variadic)]
    fn array_of(elements: Vec<JsValue>) -> JsValue;
}

/// An object of those members that cannot be changed. What is in them is frozen already.
pub(super) fn frozen(members: &[(&str, JsValue)]) -> JsValue {
    let object = from_entries(members.iter().map(|(name, value)| pair(name, value)).collect());
    freeze(&object);
    object
}

pub(super) fn frozen_list(elements: Vec<JsValue>) -> JsValue {
    let list = array_of(elements);
    freeze(&list);
    list
}

/// The same value in JavaScript, frozen to its depth.
pub(super) fn frozen_json(json: &Json) -> JsValue {
    let value = to_js(json);
    freeze_deeply(&value);
    value
}

fn freeze_deeply(value: &JsValue) {
    if value.is_object() {
        values(value).iter().for_each(freeze_deeply);
        freeze(value);
    }
}
