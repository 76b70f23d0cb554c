//! What several targets check.

use keyward::Error;
use url::{Host, Url};

/// The issuer that every target expects.
pub(crate) const ISSUER: &str = "https://idp.example";
/// 2026-11-21.
pub(crate) const NOW: i64 = 1_795_219_200_000;

/// The text of an input. What is not UTF-8 never gets as far as the code under test.
pub(crate) fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// Text of others in an error is inert and bounded (C4).
pub(crate) fn inert(error: &Error) {
    let Some(oauth) = &error.oauth else { return };
    for text in [Some(&oauth.error), oauth.description.as_ref(), oauth.uri.as_ref()].into_iter().flatten() {
        assert!(text.chars().count() <= 500, "the provider's words are bounded");
        assert!(!text.chars().any(char::is_control), "the provider's words are inert: {text:?}");
    }
}

/// Where another parser understands the URL at all, it goes to a secure place and says nothing else (B1).
pub(crate) fn endpoint(endpoint: &str) {
    let Ok(url) = Url::parse(endpoint) else { return };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    assert!(url.scheme() == "https" || (url.scheme() == "http" && loopback), "not secure: {endpoint}");
    assert!(url.username().is_empty() && url.password().is_none(), "userinfo: {endpoint}");
    assert_eq!(url.fragment(), None, "fragment: {endpoint}");
}

/// What was written is read back, and written the same from then on.
pub(crate) fn stable(first: String, again: impl Fn(&str) -> String) {
    let second = again(&first);
    let third = again(&second);
    assert_eq!(second, third, "writing and reading changes it every time");
}
