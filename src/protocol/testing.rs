//! What the tests of this layer share: JSON, responses and tokens put together by hand.

use super::base64url;
use super::http::Response;
use super::json::Json;

pub(crate) use super::json::parse;

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
