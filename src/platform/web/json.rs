//! JSON through the browser's own parser.

use super::interop::{elements, entries};
use crate::protocol::json::{Json, MAX_DEPTH};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    fn json_parse(text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> bool;
    #[wasm_bindgen(js_namespace = Array, js_name = of, variadic)]
    fn array_of(elements: Vec<JsValue>) -> JsValue;
    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn object_from_entries(entries: Vec<JsValue>) -> JsValue;
}

pub(super) fn parse(text: &str) -> Option<Json> {
    from_js(&json_parse(text).ok()?)
}

/// What JSON can hold of a JavaScript value. `None` for functions, symbols, bigints, numbers that are not finite, values
/// nested deeper than [`MAX_DEPTH`] (cycles are), and whatever throws when it is looked at. Members that are undefined
/// are left out, undefined elements become null, as `JSON.stringify` does it.
pub fn from_js(value: &JsValue) -> Option<Json> {
    convert(value, MAX_DEPTH)
}

fn convert(value: &JsValue, depth: usize) -> Option<Json> {
    if value.is_null() {
        Some(Json::Null)
    } else if let Some(value) = value.as_bool() {
        Some(Json::Bool(value))
    } else if let Some(number) = value.as_f64() {
        number.is_finite().then_some(Json::Number(number))
    } else if let Some(text) = value.as_string() {
        Some(Json::String(text))
    } else if !value.is_object() || depth == 0 {
        None
    } else if is_array(value) {
        let element = |element: JsValue| {
            if element.is_undefined() { Some(Json::Null) } else { convert(&element, depth - 1) }
        };
        elements(value)?.into_iter().map(element).collect::<Option<_>>().map(Json::Array)
    } else {
        let mut members = entries(value)?;
        members.retain(|(_, value)| !value.is_undefined());
        let member = |(name, value): (String, JsValue)| Some((name, convert(&value, depth - 1)?));
        members.into_iter().map(member).collect::<Option<_>>().map(Json::Object)
    }
}

/// The same value in JavaScript. A member named `__proto__` becomes a member like any other.
pub fn to_js(value: &Json) -> JsValue {
    match value {
        Json::Null => JsValue::NULL,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => (*number).into(),
        Json::String(text) => text.into(),
        Json::Array(elements) => array_of(elements.iter().map(to_js).collect()),
        Json::Object(members) => {
            let entry = |(name, value): &(String, Json)| array_of(vec![name.into(), to_js(value)]);
            object_from_entries(members.iter().map(entry).collect())
        }
    }
}
