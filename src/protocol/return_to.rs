//! Where the user goes after a redirect: a place in this app and nowhere else. An open redirect would lend the app's
//! name to anybody (RFC 9700 section 4.11).

use super::decimal;
use super::form::push_hex;
use super::url::{self, Parts, cut};
use crate::prelude::*;

/// The absolute same-origin URL that `input` means on the page `base_url`; `None` if it is, or could be read as,
/// anything else. What is returned passes the same judgement again.
pub fn resolve(input: &str, base_url: &str) -> Option<String> {
    let base = url::split_page(base_url)?;
    let absolute = join(input, &base)?;
    let parts = url::split_page(&absolute)?;
    let sound = parts.origin == base.origin && is_sound_path(parts.path) && !has_unplain(&absolute);
    sound.then_some(absolute)
}

/// Whether both are the same page of the app, whatever their queries and fragments.
pub fn is_same_page(one: &str, other: &str) -> bool {
    let same = |one: String, other: String| url::page(&one) == url::page(&other);
    // What is no address of the web, as in native shells, is compared by the letter.
    resolve(one, other)
        .zip(resolve(other, other))
        .map_or(url::page(one) == url::page(other), |(one, other)| same(one, other))
}

/// RFC 3986 section 5.2, for the references that may stay in the origin.
fn join(input: &str, base: &Parts) -> Option<String> {
    if has_unplain(input) || input.starts_with(' ') || input.ends_with(' ') {
        return None;
    }
    let (target, fragment) = cut(input, b"#");
    let (target, query) = cut(target, b"?");
    // A browser takes a backslash for a slash.
    if !cut(target, b"\\").1.is_empty() {
        return None;
    }
    let base_path = if base.path.is_empty() { "/" } else { base.path };
    let mut url = base.origin.to_owned();
    if target.is_empty() {
        push_path(&mut url, base_path);
    } else {
        push_path(&mut url, &joined_path(target, base_path, base)?);
    }
    match base.query {
        Some(base_query) if target.is_empty() && query.is_empty() => {
            url.push('?');
            push_escaped(&mut url, base_query);
        }
        _ => push_escaped(&mut url, query),
    }
    push_escaped(&mut url, fragment);
    Some(url)
}

fn joined_path(target: &str, base_path: &str, base: &Parts) -> Option<String> {
    if cut(target, b":/").1.starts_with(':') {
        // A scheme: only this page's own, and only written out.
        let parts = url::split_page(target).filter(|parts| same_origin(parts, base))?;
        return Some(if parts.path.is_empty() { "/" } else { parts.path }.to_owned());
    }
    if target.starts_with("//") {
        return None;
    }
    if target.starts_with('/') {
        return Some(target.to_owned());
    }
    // Next to the page: its own last segment goes, like one that two dots follow.
    Some([base_path, "/../", target].concat())
}

fn same_origin(one: &Parts, other: &Parts) -> bool {
    let port = |parts: &Parts| match parts.port {
        Some(port) => decimal::parse(port),
        None => Some(if url::is_https(parts.scheme) { 443 } else { 80 }),
    };
    one.scheme.eq_ignore_ascii_case(other.scheme)
        && one.host.eq_ignore_ascii_case(other.host)
        && port(one) == port(other)
}

/// Appends a path without its dot segments (RFC 3986 section 5.2.4), of which browsers know escaped spellings too.
fn push_path(url: &mut String, path: &str) {
    const HERE: &[&str] = &[".", "%2e"];
    const UP: &[&str] = &["..", ".%2e", "%2e.", "%2e%2e"];
    let mut kept = Vec::new();
    let mut rest = path;
    while let Some(after) = rest.strip_prefix('/') {
        let segment;
        (segment, rest) = cut(after, b"/");
        let is = |spellings: &[&str]| spellings.iter().any(|spelling| segment.eq_ignore_ascii_case(spelling));
        let up = is(UP);
        if up {
            kept.pop();
        }
        if !up && !is(HERE) {
            kept.push(segment);
        } else if rest.is_empty() {
            kept.push("");
        }
    }
    for segment in kept {
        url.push('/');
        push_escaped(url, segment);
    }
}

/// A path that begins with two slashes would be another host if somebody used it without its origin.
fn is_sound_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//")
}

/// Control characters: browsers drop tabs and line ends from URLs, so `/<tab>/host` would become `//host`.
fn has_unplain(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Escapes what a browser escapes in every part of a URL, so that the result reads the same to it.
fn push_escaped(url: &mut String, part: &str) {
    for octet in part.bytes() {
        if octet.is_ascii() && !matches!(octet, b' ' | b'"' | b'<' | b'>') {
            url.push(char::from(octet));
        } else {
            url.push('%');
            push_hex(url, octet);
        }
    }
}

#[cfg(test)]
mod differential;

#[cfg(test)]
mod tests;
