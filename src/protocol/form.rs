//! `application/x-www-form-urlencoded`: form bodies and query strings (RFC 6749 appendix B).

/// Encodes name and value pairs in their order.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        append(&mut form, name, value);
    }
    form
}

/// Decodes a query string or form body. Octets that are not UTF-8 become the replacement character.
pub fn parse(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Adds pairs to the query of a URL; its own query and fragment stay (RFC 6749 section 3.1).
pub fn append_query<'a>(url: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    append_encoded(url, &encode(pairs))
}

/// Adds pairs that are already encoded to the query of a URL.
pub fn append_encoded(url: &str, added: &str) -> String {
    let (target, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let mut result = target.to_owned();
    if !added.is_empty() {
        match target.split_once('?') {
            None => result.push('?'),
            Some((_, query)) if query.is_empty() || query.ends_with('&') => {}
            Some(_) => result.push('&'),
        }
        result.push_str(added);
    }
    result.push_str(fragment);
    result
}

/// Adds an app's own parameters: never one that is reserved or already there, and of equal names only the last.
pub(super) fn add_extra<'a>(
    pairs: &mut Vec<(&'a str, &'a str)>,
    extra: &'a [(String, String)],
    reserved: fn(&str) -> bool,
) {
    let own = pairs.len();
    for (name, value) in extra {
        let taken = pairs.iter().position(|(present, _)| present == name);
        match taken.and_then(|index| pairs.get_mut(index).filter(|_| index >= own)) {
            Some(pair) => pair.1 = value,
            None if taken.is_none() && !reserved(name) => pairs.push((name, value)),
            None => {}
        }
    }
}

fn append(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    form.extend(form_urlencoded::byte_serialize(name.as_bytes()));
    form.push('=');
    form.extend(form_urlencoded::byte_serialize(value.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc_6749_appendix_b_example() {
        let encoded = encode([("value", " %&+£€")]);
        assert_eq!(encoded, "value=+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(parse(&encoded), [("value".to_owned(), " %&+£€".to_owned())]);
    }

    #[test]
    fn names_are_encoded_too_and_order_is_kept() {
        assert_eq!(encode([("b=", "1"), ("a&", "2"), ("b=", "")]), "b%3D=1&a%26=2&b%3D=");
    }

    #[test]
    fn an_endpoint_keeps_its_own_query_and_fragment() {
        let append = |url| append_query(url, [("a", "1"), ("b", "2")]);
        assert_eq!(append("https://idp.example/auth"), "https://idp.example/auth?a=1&b=2");
        assert_eq!(append("https://idp.example/auth?p=x%20y"), "https://idp.example/auth?p=x%20y&a=1&b=2");
        assert_eq!(append("https://idp.example/auth?"), "https://idp.example/auth?a=1&b=2");
        assert_eq!(append("https://idp.example/auth?p&"), "https://idp.example/auth?p&a=1&b=2");
        assert_eq!(append("https://idp.example/auth?p#f?g"), "https://idp.example/auth?p&a=1&b=2#f?g");
        assert_eq!(append("https://idp.example/auth#f?g"), "https://idp.example/auth?a=1&b=2#f?g");
        assert_eq!(append_query("https://idp.example/auth", []), "https://idp.example/auth");
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
        let mut pairs = vec![("own", "kept")];
        add_extra(&mut pairs, &extra, |name| name == "state");
        assert_eq!(pairs, [("own", "kept"), ("audience", "last"), ("hint", "")]);
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_parsed(pairs: Vec<(String, String)>) {
            let encoded = encode(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(parse(&encoded), pairs);
        }

        #[test]
        fn nothing_of_a_url_is_dropped(url in "https://a/[a-z?&=%#]{0,12}", value: String) {
            let appended = append_query(&url, [("added", value.as_str())]);
            let (target, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
            prop_assert!(appended.starts_with(target) && appended.ends_with(fragment));
            let query = appended[..appended.len() - fragment.len()].split_once('?').unwrap().1;
            prop_assert_eq!(parse(query).pop(), Some(("added".to_owned(), value)));
        }
    }
}
