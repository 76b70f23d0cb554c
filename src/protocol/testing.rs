//! What the tests of this layer share: a JSON parser, and tokens put together by hand.

use super::base64url;
use super::http::Response;
use super::json::{Json, MAX_DEPTH};

/// A [`Parser`](super::json::Parser) on top of `serde_json`.
pub(crate) fn parse(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok().and_then(|value| convert(value, MAX_DEPTH))
}

/// JSON that a test wrote itself.
pub(crate) fn json(text: &str) -> Json {
    parse(text).unwrap()
}

/// A response with that status and body.
pub(crate) fn response(status: u16, body: &str) -> Response {
    Response { status, body: body.to_owned(), ..Response::default() }
}

/// A token in three parts whose signature is `signature`, encoded, and good for nothing.
pub(crate) fn token(header: &str, payload: &str) -> String {
    [header, payload, "signature"].map(|part| base64url::encode(part.as_bytes())).join(".")
}

fn convert(value: serde_json::Value, depth: usize) -> Option<Json> {
    use serde_json::Value;
    let deeper = depth.checked_sub(1);
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Number(number) => Json::Number(number.as_f64()?),
        Value::String(text) => Json::String(text),
        Value::Array(elements) => {
            Json::Array(elements.into_iter().map(|element| convert(element, deeper?)).collect::<Option<_>>()?)
        }
        Value::Object(members) => Json::Object(
            members.into_iter().map(|(name, value)| Some((name, convert(value, deeper?)?))).collect::<Option<_>>()?,
        ),
    })
}
