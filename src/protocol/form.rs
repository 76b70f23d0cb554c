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
        if !target.contains('?') {
            result.push('?');
        } else if !target.ends_with(['?', '&']) {
            result.push('&');
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
