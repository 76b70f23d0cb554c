//! Where the user goes after a redirect: a place in this app and nowhere else. An open redirect would lend the app's
//! name to anybody (RFC 9700 section 4.11).

use super::url::{self, Parts};

/// The absolute same-origin URL that `input` means on the page `base_url`; `None` if it is, or could be read as,
/// anything else. What is returned passes the same judgement again.
pub fn resolve(input: &str, base_url: &str) -> Option<String> {
    let base = url::split(base_url)?;
    let absolute = join(input, &base)?;
    let parts = url::split(&absolute)?;
    let sound = parts.origin == base.origin && is_sound_path(parts.path) && !has_unplain(&absolute);
    sound.then_some(absolute)
}

/// RFC 3986 section 5.2, for the references that may stay in the origin.
fn join(input: &str, base: &Parts) -> Option<String> {
    if has_unplain(input) || input.starts_with(' ') || input.ends_with(' ') {
        return None;
    }
    let (before_fragment, fragment) = cut(input, '#');
    let (target, query) = cut(before_fragment, '?');
    let base_path = if base.path.is_empty() { "/" } else { base.path };
    let (path, query) = if target.is_empty() {
        (
            base_path.to_owned(),
            if query.is_empty() {
                base.query.map_or(String::new(), |query| ["?", query].concat())
            } else {
                query.to_owned()
            },
        )
    } else {
        (joined_path(target, base_path, base)?, query.to_owned())
    };
    Some([base.origin, &escape(&without_dot_segments(&path)), &escape(&query), &escape(fragment)].concat())
}

fn joined_path(target: &str, base_path: &str, base: &Parts) -> Option<String> {
    if let Some(first_colon) = target.find(':')
        && target.find('/').is_none_or(|slash| first_colon < slash)
    {
        // A scheme: only this page's own, and only written out.
        let parts = url::split(target).filter(|parts| same_origin(parts, base))?;
        return Some(if parts.path.is_empty() { "/".to_owned() } else { parts.path.to_owned() });
    }
    if target.starts_with("//") {
        return None;
    }
    if target.starts_with('/') {
        return Some(target.to_owned());
    }
    let (directory, _) = base_path.rsplit_once('/')?;
    Some([directory, "/", target].concat())
}

fn same_origin(one: &Parts, other: &Parts) -> bool {
    let port = |parts: &Parts| match parts.port {
        Some(port) => port.parse().unwrap_or_default(),
        None if url::is_https(parts.scheme) => 443_u16,
        None => 80,
    };
    one.scheme.eq_ignore_ascii_case(other.scheme)
        && one.host.eq_ignore_ascii_case(other.host)
        && port(one) == port(other)
}

/// RFC 3986 section 5.2.4, with the escaped spellings of a dot that browsers resolve too.
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        let last = segments.peek().is_none();
        match dots.as_str() {
            "." | ".." => {
                if dots == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    ["/", &kept.join("/")].concat()
}

/// A path that begins with two slashes would be another host if somebody used it without its origin.
fn is_sound_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\')
}

/// Control characters: browsers drop tabs and line ends from URLs, so `/<tab>/host` would become `//host`.
fn has_unplain(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Escapes what a browser escapes in every part of a URL, so that the result reads the same to it.
fn escape(part: &str) -> String {
    let mut escaped = String::with_capacity(part.len());
    for octet in part.bytes() {
        if octet.is_ascii() && !matches!(octet, b' ' | b'"' | b'<' | b'>') {
            escaped.push(char::from(octet));
        } else {
            let hex = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase();
            escaped.extend(['%', hex(octet >> 4), hex(octet & 15)]);
        }
    }
    escaped
}

/// The second part keeps the character that it begins with.
fn cut(text: &str, at: char) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

#[cfg(test)]
mod differential;

#[cfg(test)]
mod tests;
