//! A small JSON value. Text is parsed at the platform's edge (the browser's own parser, `serde_json` natively):
//! there is no parser here, only the value, typed access and the writer.

use super::decimal;
use super::form::push_hex;

#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(not(target_arch = "wasm32"))]
pub use native::parse;

/// Parses JSON text; `None` for anything that is not JSON or nests deeper than [`MAX_DEPTH`].
pub type Parser = fn(&str) -> Option<Json>;

/// Arrays and objects nested deeper than this are refused by every [`Parser`], so recursion is bounded.
pub const MAX_DEPTH: usize = 32;

/// A JSON value. Objects keep the order of their members.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Any number; integers are exact up to 2^53.
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
        self.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT).map(|number| number as i64)
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

    /// Compact JSON text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => write_number(*number, out),
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

/// Whole numbers are written as integers: the formatter for doubles costs 10 kB in the module. The rest, which
/// [`Json::as_i64`] cannot hold, is rounded to thousandths: a NumericDate may have a fraction, and milliseconds are
/// enough for every use of one.
fn write_number(number: f64, out: &mut String) {
    if !number.is_finite() || number.abs() >= 1e16 {
        return out.push_str("null");
    }
    let thousandths = ((number.fract().abs() * 1000.0 + 0.5) as i64).min(999);
    if number < 0.0 && number > -1.0 {
        out.push('-');
    }
    out.push_str(&decimal::text(number as i64));
    if thousandths > 0 {
        out.push('.');
        for place in &[100, 10, 1] {
            out.push(char::from(b'0' + (thousandths / place % 10) as u8));
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                push_hex(out, character as u8);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_fraction_stays_the_same_however_often_it_is_written() {
        for number in [17952.91, 1795219100.123, 0.001, -0.5, 0.9999, 1.9999] {
            let parse = |text: &str| serde_json::from_str::<f64>(text).unwrap();
            let once = parse(&Json::Number(number).to_text());
            assert!((once - number).abs() <= 0.001, "{number} became {once}");
            assert_eq!(parse(&Json::Number(once).to_text()), once);
        }
    }

    #[test]
    fn numbers_are_written_at_their_corners() {
        let text = |number: f64| Json::Number(number).to_text();
        assert_eq!([0.0, -0.0, 1.0, -1.0, -0.25, 1e15].map(text), ["0", "0", "1", "-1", "-0.250", "1000000000000000"]);
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e16, -1e16, 1e300].map(text), ["null"; 6]);
        assert_eq!([Json::from(true), Json::from(false)].map(|json| json.to_text()), ["true", "false"]);
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
