//! A small JSON value. Text is parsed at the platform's edge (the browser's own parser, `serde_json` natively):
//! there is no parser here, only the value, typed access and the writer.

#[cfg(not(target_arch = "wasm32"))]
mod native;
mod number;
mod text;

use crate::prelude::*;
#[cfg(not(target_arch = "wasm32"))]
pub use native::parse;
pub use text::JsonText;

/// Parses JSON text; `None` for anything that is not JSON or nests deeper than [`MAX_DEPTH`].
pub type Parser = fn(&str) -> Option<Json>;

/// Arrays and objects nested deeper than this are refused by every [`Parser`], so recursion is bounded.
/// No document of a provider that was seen comes near it.
pub const MAX_DEPTH: usize = 100;

/// A JSON value. Objects keep the order of their members.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as JavaScript has it: any finite double.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, member by member.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of an object; `None` if absent or if this is not an object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members().and_then(|members| members.iter().find(|(key, _)| key == name)).map(|(_, value)| value)
    }

    /// The member of an object unless it is null, which many writers send for what is absent.
    pub fn given(&self, name: &str) -> Option<&Json> {
        self.get(name).filter(|value| **value != Json::Null)
    }

    /// The members of an object.
    pub fn members(&self) -> Option<&[(String, Json)]> {
        if let Json::Object(members) = self { Some(members) } else { None }
    }

    /// The elements of an array.
    pub fn elements(&self) -> Option<&[Json]> {
        if let Json::Array(elements) = self { Some(elements) } else { None }
    }

    /// The text of a string; no other type is coerced.
    pub fn as_str(&self) -> Option<&str> {
        if let Json::String(text) = self { Some(text) } else { None }
    }

    /// The value of a finite number; no other type is coerced.
    pub fn as_f64(&self) -> Option<f64> {
        if let Json::Number(number) = self { number.is_finite().then_some(*number) } else { None }
    }

    /// A whole number within the exact range of a double.
    pub fn as_i64(&self) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.as_f64()
            .filter(|number| number.abs() <= EXACT && *number as i64 as f64 == *number)
            .map(|number| number as i64)
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Json::Bool(value) = self { Some(*value) } else { None }
    }

    /// The string member of that name.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_str)
    }

    /// The string member of that name; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.str(name).unwrap_or_default()
    }

    /// Whether arrays and objects nest deeper in it than that.
    pub(super) fn is_deeper_than(&self, depth: usize) -> bool {
        let deeper = |inner: &Json| depth == 0 || inner.is_deeper_than(depth - 1);
        match self {
            Json::Array(elements) => depth == 0 || elements.iter().any(deeper),
            Json::Object(members) => depth == 0 || members.iter().any(|(_, value)| deeper(value)),
            _ => false,
        }
    }

    /// Compact JSON text, as `JSON.stringify` writes it.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => number::write(*number, out),
            Json::String(text) => write_string(text, out),
            Json::Array(elements) => {
                out.push('[');
                for element in elements {
                    element.write(out);
                    out.push(',');
                }
                close(out, ']');
            }
            Json::Object(members) => {
                out.push('{');
                for (name, value) in members {
                    write_string(name, out);
                    out.push(':');
                    value.write(out);
                    out.push(',');
                }
                close(out, '}');
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::String(text)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Json::Number(number as f64)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

/// `None` becomes `null`.
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

/// Ends an array or an object, whose last element has a comma still.
fn close(out: &mut String, bracket: char) {
    if out.ends_with(',') {
        out.pop();
    }
    out.push(bracket);
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\x1f' => write_control(character as u8, out),
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// The five that JSON has a letter for have it; the others have their code point.
fn write_control(octet: u8, out: &mut String) {
    out.push('\\');
    let letter = match octet {
        8 => 'b',
        9 => 't',
        10 => 'n',
        12 => 'f',
        13 => 'r',
        _ => {
            out.push_str(if octet < 16 { "u000" } else { "u001" });
            let digit = octet % 16;
            char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit })
        }
    };
    out.push(letter);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    #[test]
    fn text_survives_a_round_trip_through_another_parser() {
        let value = Json::Object(vec![
            ("text".into(), Json::from("quote \" backslash \\ tab \t nul \0 é 😀")),
            ("whole".into(), Json::from(1_800_000_000_000)),
            ("fraction".into(), Json::Number(-1.5)),
            ("list".into(), Json::Array(vec![Json::Null, Json::Bool(true)])),
        ]);
        let parsed: serde_json::Value = serde_json::from_str(&value.to_text()).unwrap();
        assert_eq!(parsed["text"], "quote \" backslash \\ tab \t nul \0 é 😀");
        assert_eq!(parsed["whole"], 1_800_000_000_000_i64);
        assert_eq!(parsed["fraction"], -1.5);
        assert_eq!(parsed["list"], serde_json::json!([null, true]));
    }

    /// A JSON value of any shape, also with numbers that JSON does not have.
    fn any_value() -> impl Strategy<Value = Json> {
        let number = any::<u64>().prop_map(|bits| Json::Number(f64::from_bits(bits)));
        let decimal =
            (any::<i32>(), 0..7).prop_map(|(digits, places)| Json::Number(f64::from(digits) / 10_f64.powi(places)));
        let text = any::<String>().prop_map(Json::from);
        let leaf = prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), number, decimal, text];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let list = vec(inner.clone(), 0..6).prop_map(Json::Array);
            // Names are unique, as they are in what any parser makes.
            let named =
                btree_map(any::<String>(), inner, 0..6).prop_map(|members| Json::Object(members.into_iter().collect()));
            prop_oneof![list, named]
        })
    }

    /// What is left of it in JSON text: no number that is not finite, and no sign of a zero.
    fn in_json(value: Json) -> Json {
        match value {
            Json::Number(number) if !number.is_finite() => Json::Null,
            Json::Number(number) => Json::Number(number + 0.0),
            Json::Array(elements) => Json::Array(elements.into_iter().map(in_json).collect()),
            Json::Object(members) => {
                Json::Object(members.into_iter().map(|(name, value)| (name, in_json(value))).collect())
            }
            other => other,
        }
    }

    proptest! {
        #[test]
        fn f1a_every_value_is_read_back_as_it_was(value in any_value()) {
            let text = value.to_text();
            let read = parse(&text).unwrap();
            prop_assert_eq!(read.to_text(), text);
            prop_assert_eq!(read, in_json(value));
        }

        #[test]
        fn f1a_strings_are_written_as_another_writer_does(text: String) {
            prop_assert_eq!(Json::from(text.as_str()).to_text(), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn every_control_character_is_written_as_another_writer_does() {
        let text: String = (0..=0x9f_u8).map(char::from).collect();
        assert_eq!(Json::from(text.as_str()).to_text(), serde_json::to_string(&text).unwrap());
        assert!(Json::from(text).to_text().contains("\\u001f"));
    }

    #[test]
    fn words_are_words() {
        assert_eq!(
            [Json::from(true), Json::from(false), Json::Null].map(|json| json.to_text()),
            ["true", "false", "null"]
        );
    }

    #[test]
    fn f1a_members_keep_their_order_and_names_of_prototypes_are_names() {
        let text = r#"{"z":1,"a":{"__proto__":{"b":2},"constructor":[]},"":null,"10":0,"9":-0.5}"#;
        assert_eq!(parse(text).unwrap().to_text(), text);
        assert_eq!(parse(r#"{"a":1,"b":2,"a":3}"#).unwrap().to_text(), r#"{"a":3,"b":2}"#, "the last of equals");
    }

    #[test]
    fn depth_is_counted_in_arrays_and_objects() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        for depth in [1, 2, 99, 100] {
            let value = parse(&nested(depth)).unwrap();
            assert!(!value.is_deeper_than(depth) && value.is_deeper_than(depth - 1), "{depth}");
            assert_eq!(value.to_text(), nested(depth));
        }
        assert!(MAX_DEPTH == 100 && parse(&nested(101)).is_none());
        let mixed = parse(r#"[{"a":[1,{"b":[]}]},2]"#).unwrap();
        assert!(mixed.is_deeper_than(4) && !mixed.is_deeper_than(5));
        assert!(!Json::from("[[").is_deeper_than(0));
    }

    #[test]
    fn whole_numbers_are_read_as_far_as_they_are_exact() {
        let exact = 9_007_199_254_740_992_i64;
        for number in [0, 7, -7, exact, -exact] {
            assert_eq!(Json::from(number).as_i64(), Some(number));
        }
        assert_eq!([9_007_199_254_740_994.0, -1e16, 0.5, f64::INFINITY].map(|it| Json::Number(it).as_i64()), [None; 4]);
    }

    #[test]
    fn types_are_not_coerced() {
        let value = Json::Object(vec![("n".into(), Json::from("5")), ("s".into(), Json::from(5))]);
        assert_eq!(value.get("n").and_then(Json::as_f64), None);
        assert_eq!(value.str("s"), None);
        assert_eq!(Json::Number(1.5).as_i64(), None);
        assert_eq!(Json::Number(f64::NAN).as_f64(), None);
    }
}
