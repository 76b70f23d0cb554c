//! `application/x-www-form-urlencoded`: form bodies and query strings (RFC 6749 appendix B). Written out here: encoding
//! and decoding take 0.9 kB of the module, and took 2.4 kB with the form_urlencoded crate and its lossy UTF-8.

use super::url::{cut, pieces};
use crate::prelude::*;

/// Encodes name and value pairs in their order.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        append(&mut form, name, value);
    }
    form
}

/// The form of a request: the protocol's own parameters as far as they have a value, each resource (RFC 8707), and the
/// app's own ones. Those replace nothing of the protocol's, and of equal names only the last counts.
pub(super) fn request(
    own: &[(&str, Option<&str>)],
    resources: &[String],
    extra: &[(String, String)],
    reserved: fn(&str) -> bool,
) -> String {
    let mut form = String::new();
    for (name, value) in own {
        if let Some(value) = value {
            append(&mut form, name, value);
        }
    }
    for resource in resources {
        append(&mut form, "resource", resource);
    }
    let mut rest = extra;
    while let [(name, value), later @ ..] = rest {
        rest = later;
        let taken = own.iter().any(|(present, value)| present == name && value.is_some());
        if !taken && !reserved(name) && later.iter().all(|(again, _)| again != name) {
            append(&mut form, name, value);
        }
    }
    form
}

/// Decodes a query string or form body. A name or value whose octets are not UTF-8 stays as it is written.
pub fn parse(query: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for pair in pieces(query, b"&") {
        if !pair.is_empty() {
            let (name, value) = cut(pair, b"=");
            pairs.push((decode(name), decode(value.get(1..).unwrap_or_default())));
        }
    }
    pairs
}

/// Adds pairs to the query of a URL; its own query and fragment stay (RFC 6749 section 3.1).
pub fn append_query(url: &str, pairs: &[(&str, &str)]) -> String {
    append_encoded(url, &encode(pairs))
}

/// Adds pairs that are already encoded to the query of a URL.
pub fn append_encoded(url: &str, added: &str) -> String {
    let (target, fragment) = cut(url, b"#");
    let (_, query) = cut(target, b"?");
    let separator = match query {
        _ if added.is_empty() => "",
        "" => "?",
        _ if query == "?" || query.ends_with('&') => "",
        _ => "&",
    };
    [target, separator, added, fragment].concat()
}

/// Appends an octet in two hexadecimal digits.
pub(super) fn push_hex(text: &mut String, octet: u8) {
    for half in [octet >> 4, octet & 15] {
        text.push(char::from(if half < 10 { b'0' + half } else { b'A' - 10 + half }));
    }
}

fn append(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    append_text(form, name);
    form.push('=');
    append_text(form, value);
}

fn append_text(form: &mut String, text: &str) {
    for octet in text.bytes() {
        match octet {
            b' ' => form.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => form.push(char::from(octet)),
            _ => {
                form.push('%');
                push_hex(form, octet);
            }
        }
    }
}

fn decode(text: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        octets.push(match (*first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
                hex_digit(*high) << 4 | hex_digit(*low)
            }
            (plain, _) => plain,
        });
    }
    String::from_utf8(octets).unwrap_or_else(|_| text.to_owned())
}

/// The value of a hexadecimal digit.
fn hex_digit(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { (digit | 0x20) - b'a' + 10 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc_6749_appendix_b_example() {
        let encoded = encode(&[("value", " %&+£€")]);
        assert_eq!(encoded, "value=+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(parse(&encoded), [("value".to_owned(), " %&+£€".to_owned())]);
    }

    #[test]
    fn names_are_encoded_too_and_order_is_kept() {
        assert_eq!(encode(&[("b=", "1"), ("a&", "2"), ("b=", "")]), "b%3D=1&a%26=2&b%3D=");
    }

    #[test]
    fn an_endpoint_keeps_its_own_query_and_fragment() {
        let append = |url| append_query(url, &[("a", "1"), ("b", "2")]);
        assert_eq!(append("https://idp.example/auth"), "https://idp.example/auth?a=1&b=2");
        assert_eq!(append("https://idp.example/auth?p=x%20y"), "https://idp.example/auth?p=x%20y&a=1&b=2");
        assert_eq!(append("https://idp.example/auth?"), "https://idp.example/auth?a=1&b=2");
        assert_eq!(append("https://idp.example/auth?p&"), "https://idp.example/auth?p&a=1&b=2");
        assert_eq!(append("https://idp.example/auth?p#f?g"), "https://idp.example/auth?p&a=1&b=2#f?g");
        assert_eq!(append("https://idp.example/auth#f?g"), "https://idp.example/auth?a=1&b=2#f?g");
        assert_eq!(append_query("https://idp.example/auth", &[]), "https://idp.example/auth");
    }

    #[test]
    fn an_apps_own_parameters_replace_nothing() {
        let extra = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let extra = [
            extra("state", "evil"),
            extra("audience", "first"),
            extra("own", "replaced"),
            extra("audience", "last"),
            extra("hint", ""),
        ];
        let form =
            request(&[("own", Some("kept")), ("hint", None)], &["r s".to_owned()], &extra, |name| name == "state");
        assert_eq!(form, "own=kept&resource=r+s&audience=last&hint=");
    }

    #[test]
    fn what_is_not_escaped_utf_8_stays_as_it_is_written() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parse("%ff=%C3%28&%=%4&%zz=%+%41"), [pair("%ff", "%C3%28"), pair("%", "%4"), pair("%zz", "% A")]);
        assert_eq!(parse("&&a&=b&c=d=e&"), [pair("a", ""), pair("", "b"), pair("c", "d=e")]);
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_parsed(pairs: Vec<(String, String)>) {
            let encoded = encode(&pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>());
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(parse(&encoded), pairs);
        }

        #[test]
        fn nothing_of_a_url_is_dropped(url in "https://a/[a-z?&=%#]{0,12}", value: String) {
            let appended = append_query(&url, &[("added", value.as_str())]);
            let (target, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
            prop_assert!(appended.starts_with(target) && appended.ends_with(fragment));
            let query = appended[..appended.len() - fragment.len()].split_once('?').unwrap().1;
            prop_assert_eq!(parse(query).pop(), Some(("added".to_owned(), value)));
        }
    }
}
