//! The members of an object that an app wrote, read strictly by a list of what they may be: a member that is not in the
//! list, or is not what the list says, is an error that names it. After that nothing can fail.

use crate::platform::web::{from_js, stringify};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::{Json, JsonText};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn keys(object: &JsValue) -> Result<Vec<JsValue>, JsValue>;
}

/// The name of a member, what it may be, and the values that this release has not.
pub(super) type Member = (&'static str, Kind, &'static [&'static str]);

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Flag,
    FlagOrAuto,
    /// Not negative.
    Number,
    /// Whole, and not negative.
    Whole,
    TextOrList,
    /// Of strings.
    List,
    /// Strings by name.
    Map,
    Object,
    /// What `JSON.stringify` makes of it, as text.
    Json,
    /// The same, of an array.
    JsonArray,
    Word(&'static [&'static str]),
    /// Something that only JavaScript has, and that the caller looks at.
    Value,
}

/// Members that have been read.
#[derive(Default)]
pub(super) struct Members {
    json: Vec<(String, Json)>,
    texts: Vec<(String, JsonText)>,
    values: Vec<(String, JsValue)>,
}

/// Reads an object. Errors have that code, and name members with that path before them.
pub(super) fn read(object: &JsValue, path: &str, known: &[&[Member]], code: ErrorCode) -> Result<Members, Error> {
    let mut members = Members::default();
    let Some(names) = names(object) else {
        let what = path.strip_suffix('.').unwrap_or("the argument");
        return Err(wrong(code, "", what, "must be an object"));
    };
    for name in names {
        let Some((_, kind, later)) = known.iter().copied().flatten().find(|(known, ..)| *known == name) else {
            let secret = name == "clientSecret" || name == "client_secret";
            let message =
                if secret { "a browser can keep no secret: register a public client" } else { "is not known" };
            return Err(wrong(code, path, &name, message));
        };
        let Ok(value) = get(object, &name) else { return Err(wrong(code, path, &name, &expected(*kind))) };
        if value.is_undefined() {
            continue;
        }
        if let Kind::Value = kind {
            members.values.push((name, value));
            continue;
        }
        if let Kind::Json | Kind::JsonArray = kind {
            let text = stringify(&value).filter(|text| matches!(kind, Kind::Json) || text.as_str().starts_with('['));
            match text {
                Some(text) => members.texts.push((name, text)),
                None => return Err(wrong(code, path, &name, &expected(*kind))),
            }
            continue;
        }
        match from_js(&value).filter(|json| fits(*kind, json)) {
            None => return Err(wrong(code, path, &name, &expected(*kind))),
            Some(json) if later.contains(&word(&json)) => {
                return Err(wrong(ErrorCode::Unsupported, path, &name, "this comes in a later release"));
            }
            Some(json) => members.json.push((name, json)),
        }
    }
    Ok(members)
}

/// The names of an object's members, in the order in which they were written.
pub(super) fn names(object: &JsValue) -> Option<Vec<String>> {
    if !object.is_object() || js_sys::Array::is_array(object) {
        return None;
    }
    Some(keys(object).ok()?.iter().filter_map(JsValue::as_string).collect())
}

/// An error about a member.
pub(super) fn wrong(code: ErrorCode, path: &str, name: &str, message: &str) -> Error {
    Error::new(code, [path, name, ": ", message].concat())
}

impl Members {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.word(name).map(str::to_owned)
    }

    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Json::as_bool)
    }

    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Json::as_i64)
    }

    pub(super) fn millis(&self, name: &str, unit: f64) -> Option<Millis> {
        self.get(name).and_then(Json::as_f64).map(|number| (number * unit) as Millis)
    }

    /// One string, or a list of them.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let json = self.get(name)?;
        let elements = json.elements().unwrap_or(core::slice::from_ref(json));
        Some(elements.iter().filter_map(Json::as_str).map(str::to_owned).collect())
    }

    pub(super) fn map(&self, name: &str) -> Vec<(String, String)> {
        let members = self.get(name).and_then(Json::members).unwrap_or_default();
        members.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    }

    pub(super) fn json(&self, name: &str) -> Option<Json> {
        self.get(name).cloned()
    }

    pub(super) fn json_text(&self, name: &str) -> Option<JsonText> {
        self.texts.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
    }

    pub(super) fn value(&self, name: &str) -> Option<JsValue> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn get(&self, name: &str) -> Option<&Json> {
        self.json.iter().find(|(known, _)| known == name).map(|(_, json)| json)
    }
}

fn fits(kind: Kind, json: &Json) -> bool {
    let is_text = |json: &Json| json.as_str().is_some();
    match (kind, json) {
        (Kind::Text | Kind::TextOrList, Json::String(_))
        | (Kind::Flag | Kind::FlagOrAuto, Json::Bool(_))
        | (Kind::Object, Json::Object(_)) => true,
        (Kind::FlagOrAuto, Json::String(word)) => word == "auto",
        (Kind::Number, Json::Number(number)) => *number >= 0.0,
        (Kind::Whole, _) => json.as_i64().is_some_and(|number| number >= 0),
        (Kind::List | Kind::TextOrList, Json::Array(elements)) => elements.iter().all(is_text),
        (Kind::Map, Json::Object(members)) => members.iter().all(|(_, value)| is_text(value)),
        (Kind::Word(words), Json::String(word)) => words.contains(&word.as_str()),
        _ => false,
    }
}

fn expected(kind: Kind) -> String {
    let words;
    let what = match kind {
        Kind::Text => "a string",
        Kind::Flag => "true or false",
        Kind::FlagOrAuto => "true, false or \"auto\"",
        Kind::Number => "a number, and not negative",
        Kind::Whole => "a whole number, and not negative",
        Kind::TextOrList => "a string or an array of strings",
        Kind::List => "an array of strings",
        Kind::Map => "an object of strings",
        Kind::Object | Kind::Value => "an object",
        Kind::JsonArray => "an array that JSON can hold",
        Kind::Json => "a value that JSON can hold",
        Kind::Word(known) => {
            words = ["one of: ", &known.join(", ")].concat();
            &words
        }
    };
    ["must be ", what].concat()
}

/// How the lists of what comes later spell a value.
fn word(json: &Json) -> &str {
    match json {
        Json::String(text) => text,
        Json::Bool(true) => "true",
        Json::Bool(false) => "false",
        _ => "",
    }
}
