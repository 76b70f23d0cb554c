//! JSON through the browser's own parser.

use super::interop::{array, call, elements, global, keys, object, try_get};
use crate::protocol::json::{Json, MAX_DEPTH};
use wasm_bindgen::prelude::*;

pub(super) fn parse(text: &str) -> Option<Json> {
    from_js(&call(&global("JSON"), "parse", vec![text.into()]).ok()?)
}

/// What JSON can hold of a JavaScript value. `None` for functions, symbols, bigints, numbers that are not finite, values
/// nested deeper than [`MAX_DEPTH`] (cycles are), and whatever throws when it is looked at. Members that are undefined
/// are left out, undefined elements become null, as `JSON.stringify` does it.
pub fn from_js(value: &JsValue) -> Option<Json> {
    convert(value, MAX_DEPTH)
}

fn convert(value: &JsValue, depth: usize) -> Option<Json> {
    if value.is_null() {
        return Some(Json::Null);
    }
    if let Some(value) = value.as_bool() {
        return Some(Json::Bool(value));
    }
    if let Some(number) = value.as_f64() {
        return number.is_finite().then_some(Json::Number(number));
    }
    if let Some(text) = value.as_string() {
        return Some(Json::String(text));
    }
    if !value.is_object() {
        return None;
    }
    let depth = depth.checked_sub(1)?;
    if js_sys::Array::is_array(value) {
        let mut list = Vec::new();
        for element in elements(value)? {
            list.push(if element.is_undefined() { Json::Null } else { convert(&element, depth)? });
        }
        return Some(Json::Array(list));
    }
    let mut members = Vec::new();
    for name in keys(value)? {
        let member = try_get(value, &name).ok()?;
        if !member.is_undefined() {
            members.push((name, convert(&member, depth)?));
        }
    }
    Some(Json::Object(members))
}

/// The same value in JavaScript. A member named `__proto__` becomes a member like any other.
pub fn to_js(value: &Json) -> JsValue {
    match value {
        Json::Null => JsValue::NULL,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => (*number).into(),
        Json::String(text) => text.into(),
        Json::Array(elements) => array(elements.iter().map(to_js).collect()),
        Json::Object(members) => object(members.iter().map(|(name, value)| (name.as_str(), to_js(value))).collect()),
    }
}
