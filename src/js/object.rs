//! Frozen objects.

use crate::platform::web::to_js;
use crate::protocol::json::Json;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

/// An object of those members that cannot be changed. What is in them is frozen already.
pub(super) fn frozen(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // A new object takes every member.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    Object::freeze(&object).into()
}

pub(super) fn frozen_list(elements: &[JsValue]) -> JsValue {
    let list = Array::new();
    for element in elements {
        list.push(element);
    }
    Object::freeze(&list).into()
}

/// The same value in JavaScript, frozen to its depth.
pub(super) fn frozen_json(json: &Json) -> JsValue {
    let value = to_js(json);
    freeze_deeply(&value);
    value
}

fn freeze_deeply(value: &JsValue) {
    if value.is_object() {
        let object = value.unchecked_ref::<Object>();
        Object::values(object).iter().for_each(|member| freeze_deeply(&member));
        Object::freeze(object);
    }
}
