//! A JSON value as its text: what an app hands in to be handed on or handed back is nobody's to read and write anew.

use super::{Json, Parser};
use crate::prelude::*;

/// The text of a JSON value, exactly as its writer wrote it: every digit, every escape, any depth.
///
/// A value of Rust's becomes one with `JsonText::from(json)`, and [`JsonText::read`] makes a value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Text that somebody else wrote; `None` if it is not JSON.
    pub fn new(text: &str, parse: Parser) -> Option<JsonText> {
        parse(text).map(|_| JsonText(text.to_owned()))
    }

    /// Text that a writer of JSON has just written, or that this type has been stored as.
    pub(crate) fn written(text: String) -> JsonText {
        JsonText(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, by that parser (a browser's own is `Web::parse_json`). `None` for what it refuses: see
    /// [`MAX_DEPTH`](super::MAX_DEPTH).
    pub fn read(&self, parse: Parser) -> Option<Json> {
        parse(&self.0)
    }
}

/// `null`
impl Default for JsonText {
    fn default() -> Self {
        Json::Null.into()
    }
}

impl From<Json> for JsonText {
    fn from(value: Json) -> Self {
        JsonText(value.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{json, parse};

    #[test]
    fn f1a_text_stays_as_it_was_written() {
        let written = r#" {"a": 1.50, "\u0062": "\ud800", "n": 12345678901234567890} "#;
        assert_eq!(
            JsonText::new(&written.replace("\\ud800", ""), parse).unwrap().as_str(),
            written.replace("\\ud800", "")
        );
        assert_eq!(JsonText::written(written.to_owned()).as_str(), written);
        for other in ["", "undefined", "{", "{} {}", "NaN"] {
            assert_eq!(JsonText::new(other, parse), None, "{other}");
        }
    }

    #[test]
    fn a_value_goes_in_and_comes_out() {
        let value = json(r#"{"a":[1,null,{"b":0.00012}]}"#);
        let text = JsonText::from(value.clone());
        assert_eq!(text.as_str(), r#"{"a":[1,null,{"b":0.00012}]}"#);
        assert_eq!(text.read(parse), Some(value));
        assert_eq!(JsonText::default().read(parse), Some(Json::Null));
    }
}
