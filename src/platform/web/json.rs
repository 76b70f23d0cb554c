//! JSON through the browser's own parser.

use super::interop::{array, call, elements, global, object};
use crate::prelude::*;
use crate::protocol::json::{Json, JsonText, MAX_DEPTH};
use wasm_bindgen::prelude::*;

pub(super) fn parse(text: &str) -> Option<Json> {
    from_js(&call(&global("JSON"), "parse", vec![text.into()]).ok()?)
}

/// What `JSON.stringify` writes for a value; `None` where it throws (a bigint, a cycle, a `toJSON` that does) or has no
/// text (a function, a symbol).
pub fn stringify(value: &JsValue) -> Option<JsonText> {
    call(&global("JSON"), "stringify", vec![value.clone()]).ok()?.as_string().map(JsonText::written)
}

/// What `JSON.parse` makes of the text; null if it is none.
pub fn parsed(text: &JsonText) -> JsValue {
    call(&global("JSON"), "parse", vec![text.as_str().into()]).unwrap_or(JsValue::NULL)
}

/// The members of a JavaScript value as `JSON.stringify` takes them: those that are undefined are left out, undefined
/// elements and numbers that are not finite become null, a zero has no sign. `None` for what a plain document has not:
/// functions, symbols, bigints, values nested deeper than [`MAX_DEPTH`] (cycles are), and whatever throws when it is
/// looked at. Half of a surrogate pair becomes U+FFFD.
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
        return Some(if number.is_finite() { Json::Number(number + 0.0) } else { Json::Null });
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
    // With their values: a name that is not well-formed Unicode would not find its own again.
    for entry in elements(&call(&global("Object"), "entries", vec![value.clone()]).ok()?)? {
        if let [name, member] = &*elements(&entry)?
            && !member.is_undefined()
        {
            members.push((name.as_string()?, convert(member, depth)?));
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
