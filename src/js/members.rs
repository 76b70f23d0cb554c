//! The members of an object that an app wrote, read strictly: what is not known, or not of the right type, is an error
//! that names the member.

use crate::platform::Platform as _;
use crate::platform::web::Web;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::Json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn keys(object: &JsValue) -> Result<Vec<JsValue>, JsValue>;
    #[wasm_bindgen(js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> bool;
    #[wasm_bindgen(js_namespace = JSON, js_name = stringify, catch)]
    fn stringify(value: &JsValue) -> Result<JsValue, JsValue>;
}

pub(super) struct Members {
    object: JsValue,
    /// What the names of the members begin with in a message: empty, or the way to this object with a full stop.
    path: String,
    code: ErrorCode,
    names: Vec<String>,
}

impl Members {
    /// `what` says which object is meant, where it is no member of another.
    pub(super) fn of(object: JsValue, what: &str, code: ErrorCode) -> Result<Members, Error> {
        if !object.is_object() || is_array(&object) {
            return Err(Error::new(code, [what, " must be an object"].concat()));
        }
        let names = keys(&object).unwrap_or_default().iter().filter_map(JsValue::as_string).collect();
        Ok(Members { object, path: String::new(), code, names })
    }

    /// The object that the member of that name is.
    pub(super) fn inner(&self, name: &str) -> Result<Option<Members>, Error> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let inner = Members::of(value, &[self.path.as_str(), name, ":"].concat(), self.code)?;
        Ok(Some(Members { path: [self.path.as_str(), name, "."].concat(), ..inner }))
    }

    /// In the order in which they were written.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Refuses members of any other name.
    pub(super) fn allow(&self, known: &[&[&str]]) -> Result<(), Error> {
        let strange = self.names.iter().find(|name| !known.iter().any(|names| names.contains(&name.as_str())));
        match strange.map(String::as_str) {
            None => Ok(()),
            Some(name @ ("clientSecret" | "client_secret")) => {
                Err(self.error(name, "a browser can keep no secret: register a public client, and leave this out"))
            }
            Some(name) => Err(self.error(name, "is not a known member")),
        }
    }

    pub(super) fn error(&self, name: &str, message: &str) -> Error {
        Error::new(self.code, [self.path.as_str(), name, ": ", message].concat())
    }

    /// For what the contract has, and this release has not.
    pub(super) fn later(&self, name: &str) -> Error {
        Error { code: ErrorCode::Unsupported, ..self.error(name, "this value comes in a later release") }
    }

    /// `None` if it is absent or undefined.
    pub(super) fn value(&self, name: &str) -> Result<Option<JsValue>, Error> {
        let value = get(&self.object, name).map_err(|_| self.error(name, "throws when it is read"))?;
        Ok((!value.is_undefined()).then_some(value))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Error> {
        self.typed(name, JsValue::as_string, "must be a string")
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.typed(name, JsValue::as_bool, "must be true or false")
    }

    pub(super) fn millis(&self, name: &str) -> Result<Option<Millis>, Error> {
        self.typed(name, |value| number(value).map(|number| number as Millis), "must be a number, and not negative")
    }

    pub(super) fn seconds(&self, name: &str) -> Result<Option<Millis>, Error> {
        let seconds = |value: &JsValue| number(value).map(|number| (number * 1000.0) as Millis);
        self.typed(name, seconds, "must be a number, and not negative")
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, Error> {
        let whole = |value: &JsValue| number(value).filter(|number| number.fract() == 0.0).map(|number| number as i64);
        self.typed(name, whole, "must be a whole number, and not negative")
    }

    /// One string, or a list of them.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        let texts = |value: &JsValue| match value.as_string() {
            Some(text) => Some(vec![text]),
            None => list_of_texts(value),
        };
        self.typed(name, texts, "must be a string or an array of strings")
    }

    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        self.typed(name, list_of_texts, "must be an array of strings")
    }

    /// What `JSON.stringify` makes of it.
    pub(super) fn json(&self, name: &str) -> Result<Option<Json>, Error> {
        let json = |value: &JsValue| Web::parse_json(&stringify(value).ok()?.as_string()?);
        self.typed(name, json, "must be a value that JSON can hold")
    }

    /// Strings by name.
    pub(super) fn map(&self, name: &str) -> Result<Vec<(String, String)>, Error> {
        let Some(members) = self.inner(name)? else { return Ok(Vec::new()) };
        let pair = |name: &String| Ok((name.clone(), members.text(name)?.unwrap_or_default()));
        members.names.iter().map(pair).collect()
    }

    /// One of those words.
    pub(super) fn word(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Error> {
        let known = |value: &JsValue| {
            let value = value.as_string()?;
            words.iter().copied().find(|word| *word == value)
        };
        self.typed(name, known, &["must be one of: ", &words.join(", ")].concat())
    }

    fn typed<T>(&self, name: &str, read: impl Fn(&JsValue) -> Option<T>, expected: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| self.error(name, expected))
    }
}

fn number(value: &JsValue) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite() && *number >= 0.0)
}

fn list_of_texts(value: &JsValue) -> Option<Vec<String>> {
    is_array(value).then(|| js_sys::Array::from(value).iter().map(|element| element.as_string()).collect())?
}
