//! JSON through `serde_json`, for native builds: tests and simulations.

use super::{Json, MAX_DEPTH};
use serde_json::Value;

/// A [`Parser`](super::Parser) on top of `serde_json`.
pub fn parse(text: &str) -> Option<Json> {
    convert(serde_json::from_str(text).ok()?, MAX_DEPTH)
}

fn convert(value: Value, depth: usize) -> Option<Json> {
    let inner = || depth.checked_sub(1);
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        // A zero has no sign here, as in JSON text that `JSON.stringify` writes.
        Value::Number(number) => Json::Number(number.as_f64()? + 0.0),
        Value::String(text) => Json::String(text),
        Value::Array(elements) => {
            let depth = inner()?;
            Json::Array(elements.into_iter().map(|element| convert(element, depth)).collect::<Option<_>>()?)
        }
        Value::Object(members) => {
            let depth = inner()?;
            let convert = |(name, value)| Some((name, convert(value, depth)?));
            Json::Object(members.into_iter().map(convert).collect::<Option<_>>()?)
        }
    })
}
