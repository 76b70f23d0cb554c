//! The members of an object that an app wrote, read strictly by a table of what they may be: a member that is not in the
//! table, or is not what the table says, is an error that names it. After that nothing can fail.
//!
//! The tables are in `members.js`, 0.95 kB of brotli in the glue where the same took 1.9 kB of the module.

use crate::platform::web::interop::{elements, get, get_text};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::JsonText;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/members.js")]
extern "C" {
    #[wasm_bindgen(js_name = read)]
    fn read_by(object: &JsValue, path: &str, table: &str) -> JsValue;
    #[wasm_bindgen(js_name = namesOf)]
    fn names_of(object: &JsValue) -> JsValue;
}

/// Members that have been read.
#[derive(Default)]
pub(super) struct Members(JsValue);

/// Reads an object by the table of that name. Errors have that code, and name members with that path before them.
pub(super) fn read(object: &JsValue, path: &str, table: &str, code: ErrorCode) -> Result<Members, Error> {
    let found = read_by(object, path, table);
    match found.as_string() {
        Some(message) => Err(Error::new(code, message)),
        None => Ok(Members(found)),
    }
}

/// The names of an object's members, in the order in which they were written.
pub(super) fn names(object: &JsValue) -> Option<Vec<String>> {
    let names = elements(&names_of(object)).filter(|_| object.is_object())?;
    Some(names.iter().filter_map(JsValue::as_string).collect())
}

/// An error about a member.
pub(super) fn wrong(code: ErrorCode, path: &str, name: &str, message: &str) -> Error {
    Error::new(code, [path, name, ": ", message].concat())
}

impl Members {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        get_text(&self.0, name)
    }

    pub(super) fn is(&self, name: &str, word: &str) -> bool {
        self.text(name).as_deref() == Some(word)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        get(&self.0, name).as_bool()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        get(&self.0, name).as_f64()
    }

    pub(super) fn millis(&self, name: &str, unit: f64) -> Option<Millis> {
        self.number(name).map(|number| (number * unit) as Millis)
    }

    /// One string, or a list of them.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let list = self.value(name)?;
        Some(elements(&list)?.iter().filter_map(JsValue::as_string).collect())
    }

    /// Strings by name.
    pub(super) fn map(&self, name: &str) -> Vec<(String, String)> {
        let mut texts = self.texts(name).unwrap_or_default().into_iter();
        let mut map = Vec::new();
        while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            map.push((name, value));
        }
        map
    }

    pub(super) fn json_text(&self, name: &str) -> Option<JsonText> {
        self.text(name).map(JsonText::written)
    }

    pub(super) fn value(&self, name: &str) -> Option<JsValue> {
        Some(get(&self.0, name)).filter(|value| !value.is_undefined())
    }
}
