//! The little that is needed of URLs. Not a parser for everything a browser accepts: what is not plain is refused.

use super::decimal;
use crate::prelude::*;

/// The parts of a plain absolute http or https URL, as they stand in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Scheme, host and port: everything before the path.
    pub origin: &'a str,
    /// `http` or `https`, in any case.
    pub scheme: &'a str,
    /// Registered name, IPv4 address, or IPv6 address in brackets.
    pub host: &'a str,
    /// Decimal digits.
    pub port: Option<&'a str>,
    /// Empty, or from the first slash on.
    pub path: &'a str,
    /// Without the question mark.
    pub query: Option<&'a str>,
    /// Without the number sign.
    pub fragment: Option<&'a str>,
}

/// Takes an absolute http or https URL apart; `None` for any other scheme, userinfo, or a host or port that is not plain.
pub fn split(url: &str) -> Option<Parts<'_>> {
    split_any(url).filter(|parts| is_web(parts.scheme))
}

/// The same of whatever pages of an app may be at: also what native shells and extensions serve.
pub fn split_page(url: &str) -> Option<Parts<'_>> {
    split_any(url).filter(|parts| is_web(parts.scheme) || is_shell(parts.scheme))
}

fn split_any(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = cut(url, b":");
    let rest = rest.strip_prefix("://")?;
    let (authority, rest) = cut(rest, b"/?#\\");
    let (host, port) = host_and_port(authority)?;
    let origin = url.strip_suffix(rest)?;
    let (rest, fragment) = cut(rest, b"#");
    let (path, query) = cut(rest, b"?");
    if path.starts_with('\\') {
        return None;
    }
    Some(Parts {
        origin,
        scheme,
        host,
        port,
        path,
        query: query.strip_prefix('?'),
        fragment: fragment.strip_prefix('#'),
    })
}

/// Scheme, host and port of a plain http or https URL, as they stand in its text.
pub fn origin(url: &str) -> Option<&str> {
    split(url).map(|parts| parts.origin)
}

/// Whether the text is an origin that tokens may be sent to, spelled as browsers spell it: an endpoint with nothing after
/// its port, in small letters, without the port that goes without saying.
pub fn is_origin(text: &str) -> bool {
    let Some(parts) = split_plain(text).filter(|_| endpoint(text).is_some()) else { return false };
    let usual = if parts.scheme == "https" { "443" } else { "80" };
    parts.origin == text && parts.port != Some(usual) && !text.bytes().any(|octet| octet.is_ascii_uppercase())
}

/// The URL without query and fragment: the default redirect URI of a page.
pub fn page(url: &str) -> &str {
    cut(url, b"?#").0
}

/// The text, if a provider's endpoint may be there: an absolute https URL, or http on a loopback host; without
/// userinfo and fragment, and with no character that a URI does not have (RFC 3986; RFC 6749 sections 3.1 and 3.2).
pub fn endpoint(text: &str) -> Option<&str> {
    let parts = split_plain(text)?;
    (is_https(parts.scheme) || is_loopback(parts.host)).then_some(text)
}

/// The text, if it can be an issuer identifier: an endpoint without query (RFC 8414 section 2).
pub fn issuer(text: &str) -> Option<&str> {
    endpoint(text).filter(|text| page(text) == *text)
}

/// The text, if responses may be sent there: what [`endpoint`] takes, a page that a native shell or an extension serves, or
/// a scheme of a native app's own, which has a dot (RFC 8252 section 7.1). Without userinfo and fragment (RFC 6749
/// section 3.1.2). Whether the app is there is for the provider to know.
pub fn redirect_uri(text: &str) -> Option<&str> {
    let (scheme, rest) = cut(text, b":");
    let sound = if is_private_use(scheme) {
        is_sound_private_use(rest)
    } else if is_shell(scheme) {
        split_page(text).is_some()
    } else {
        return endpoint(text);
    };
    (sound && cut(text, b"#").1.is_empty() && text.bytes().all(is_uri_octet)).then_some(text)
}

/// Schemes of pages that Capacitor, Tauri and browsers' extensions consist of.
fn is_shell(scheme: &str) -> bool {
    const SHELLS: &[&str] = &["capacitor", "tauri", "chrome-extension", "moz-extension", "safari-web-extension"];
    SHELLS.iter().any(|shell| scheme.eq_ignore_ascii_case(shell))
}

/// A domain name of the app's, in reverse order: nobody else has reason to take it.
fn is_private_use(scheme: &str) -> bool {
    scheme.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
        && !cut(scheme, b".").1.is_empty()
        && pieces(scheme, b".").iter().all(|label| !label.is_empty())
}

/// `:/path`, or `://name` with or without a path.
fn is_sound_private_use(rest: &str) -> bool {
    match rest.strip_prefix("://") {
        Some(rest) => !rest.is_empty() && cut(cut(rest, b"/?").0, b"@").1.is_empty(),
        None => rest.starts_with(":/"),
    }
}

/// A host that never leaves this machine: `localhost`, names below it, 127.0.0.0/8 and `[::1]` (RFC 8252 section 7.3).
pub fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let below = host.strip_suffix("localhost");
    host == "[::1]" || below.is_some_and(|below| below.is_empty() || below.ends_with('.')) || is_loopback_ipv4(&host)
}

fn is_web(scheme: &str) -> bool {
    is_https(scheme) || scheme.eq_ignore_ascii_case("http")
}

/// Whether the scheme is `https`, in any case.
pub fn is_https(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https")
}

/// What is before the first of these ASCII characters, and the rest, which begins with it. Searching for octets is a
/// tenth of the code of searching for strings.
pub(super) fn cut<'a>(text: &'a str, at: &[u8]) -> (&'a str, &'a str) {
    let place = text.bytes().position(|octet| at.contains(&octet)).unwrap_or(text.len());
    text.split_at_checked(place).unwrap_or((text, ""))
}

/// What is between these ASCII characters, also where that is nothing.
pub(crate) fn pieces<'a>(text: &'a str, separators: &[u8]) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let (piece, after) = cut(rest, separators);
        pieces.push(piece);
        match after.get(1..) {
            Some(after) => rest = after,
            None => return pieces,
        }
    }
}

/// The parts of a URL that has no fragment, and no character that a URI does not have.
fn split_plain(text: &str) -> Option<Parts<'_>> {
    split(text).filter(|parts| parts.fragment.is_none() && text.bytes().all(is_uri_octet))
}

fn host_and_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let (address, closed) = cut(authority, b"]");
    let (host, after, plain) = match (address.strip_prefix('['), closed.strip_prefix(']')) {
        (Some(address), Some(after)) => (authority.strip_suffix(after)?, after, is_plain_ipv6(address)),
        _ => {
            let (name, after) = cut(authority, b":");
            (name, after, is_plain_name(name))
        }
    };
    let port = after.strip_prefix(':');
    let sound = after.is_empty() || port.and_then(decimal::parse).is_some_and(|number| number <= 0xFFFF);
    (plain && sound).then_some((host, port))
}

/// Hexadecimal digits, colons and dots, of which there is a colon.
fn is_plain_ipv6(address: &str) -> bool {
    !cut(address, b":").1.is_empty()
        && address.bytes().all(|octet| octet.is_ascii_hexdigit() || matches!(octet, b':' | b'.'))
}

/// Letters, digits, hyphens and underscores, with single dots that do not come first.
fn is_plain_name(name: &str) -> bool {
    let mut before = b'.';
    !name.is_empty()
        && name.bytes().all(|octet| {
            let first_dot = before != b'.' && octet == b'.';
            before = octet;
            first_dot || octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')
        })
}

fn is_loopback_ipv4(host: &str) -> bool {
    let Some(mut rest) = host.strip_prefix("127") else { return false };
    for _ in 0..3 {
        let (octet, after) = cut(rest.strip_prefix('.').unwrap_or_default(), b".");
        // Without leading zeros: some parsers read those as octal.
        let plain = octet == "0" || !octet.starts_with('0');
        if !plain || decimal::parse(octet).is_none_or(|number| number > 0xFF) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

/// The characters of RFC 3986, percent sign included.
fn is_uri_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_to_the_letter() {
        let parts = split("HTTPS://Idp.Example:8443/a//b?c=?d#e?#f").unwrap();
        assert_eq!(
            parts,
            Parts {
                origin: "HTTPS://Idp.Example:8443",
                scheme: "HTTPS",
                host: "Idp.Example",
                port: Some("8443"),
                path: "/a//b",
                query: Some("c=?d"),
                fragment: Some("e?#f"),
            }
        );
        let bare = split("http://[::1]").unwrap();
        assert_eq!((bare.host, bare.port, bare.path, bare.query, bare.fragment), ("[::1]", None, "", None, None));
        assert_eq!(split("http://[::1]:80/").unwrap().port, Some("80"));
    }

    #[test]
    fn origin_and_page_of_a_url() {
        assert_eq!(origin("https://app.example:8443/x?y#z"), Some("https://app.example:8443"));
        assert_eq!(origin("https://app.example?y"), Some("https://app.example"));
        assert_eq!(origin("HTTP://app.example/"), Some("HTTP://app.example"));
        assert_eq!(origin("chrome-extension://abc/page.html"), None);
        assert_eq!(origin("https://app.example\\@evil.example/"), None);
        assert_eq!(page("https://app.example/x?y#z"), "https://app.example/x");
        assert_eq!(page("https://app.example/x#z?y"), "https://app.example/x");
        assert_eq!(page("https://app.example/"), "https://app.example/");
    }

    #[test]
    fn h4_an_origin_is_spelled_as_browsers_do() {
        for origin in ["https://api.example", "https://api.example:8443", "http://localhost:3000", "http://[::1]:80801"]
        {
            assert_eq!(is_origin(origin), !origin.ends_with('1'), "{origin}");
        }
        for other in [
            "",
            "*",
            "api.example",
            "https://api.example/",
            "https://api.example/v1",
            "https://api.example?",
            "https://api.example#",
            "https://Api.example",
            "HTTPS://api.example",
            "https://api.example:443",
            "http://localhost:80",
            "http://api.example",
            "https://user@api.example",
            "https://*.example",
            "null",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }

    #[test]
    fn b1_endpoints_are_https_or_loopback() {
        for accepted in [
            "https://idp.example",
            "https://idp.example/auth?tenant=a%20b&x",
            "https://idp.example:8443/~a/(b);c,d!$'*+@:_-.",
            "https://127.0.0.1/",
            "https://[2001:db8::1]:8443/",
            "http://localhost/",
            "http://LOCALHOST:4400/token",
            "http://idp.localhost:80/",
            "http://127.0.0.1:4400/",
            "http://127.255.0.9/",
            "http://[::1]:4400/",
        ] {
            assert_eq!(endpoint(accepted), Some(accepted));
        }
    }

    #[test]
    fn b1_everything_else_is_no_endpoint() {
        let schemes = [
            "",
            "//idp.example/",
            "/token",
            "idp.example",
            "javascript:alert(1)",
            "javascript://idp.example/%0aalert(1)",
        ];
        let more_schemes =
            ["data:text/html,x", "ftp://idp.example/", "ws://localhost/", "https:idp.example", "https:/idp.example"];
        let plain_http =
            ["http://idp.example/", "http://localhost.example/", "http://127.0.0.1.example/", "http://10.0.0.1/"];
        let loopback_lookalikes = [
            "http://127.0.0/",
            "http://127.1/",
            "http://127.0.0.0.1/",
            "http://127.0.0.256/",
            "http://127.0.0.01/",
            "http://127.0.0.+1/",
            "http://[::2]/",
            "http://128.0.0.1/",
            "http://xlocalhost/",
            "http://localhost./",
        ];
        let authority = [
            "https://",
            "https:///token",
            "https://user@idp.example/",
            "https://user:pw@idp.example/",
            "https://@idp.example/",
            "https://idp.example:/",
            "https://idp.example:x/",
            "https://idp.example:65536/",
            "https://idp.example:+1/",
            "https://idp.example:1:2/",
            "https://.example/",
            "https://a..b/",
            "https://idp%2eexample/",
            "https://[::1/",
            "https://[::1]x/",
            "https://[localhost]/",
            "https://[]/",
            "https://[::1%25eth0]/",
            "https://a,b/",
        ];
        let characters = [
            "https://idp.example/a b",
            " https://idp.example/",
            "https://idp.example/ ",
            "https://idp.example/\t",
            "https://idp.example/\n",
            "https://idp.example\\@evil.example/",
            "https://idp.example/\\x",
            "https://idp.example/\u{7f}",
            "https://idp.example/é",
            "https://idp．example/",
            "https://idp.example/{tenant}",
            "https://idp.example/<x>",
            "https://idp.example/\"",
            "https://idp.example/^",
            "https://idp.example/`",
            "https://idp.example/|",
        ];
        let fragment = ["https://idp.example/#", "https://idp.example/#x", "https://idp.example?x#y"];
        let all = [&schemes[..], &more_schemes, &plain_http, &loopback_lookalikes, &authority, &characters, &fragment]
            .concat();
        for refused in all {
            assert_eq!(endpoint(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn rfc_8252_section_7_3_loopback_hosts() {
        for host in ["localhost", "LocalHost", "a.b.localhost", "[::1]", "127.0.0.1", "127.255.255.255"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "localhost.example", "alocalhost", "[::]", "128.0.0.1", "127.0.0.+1", "127.0.0.", "127.0.0.1."]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn rfc_8414_section_2_an_issuer_has_no_query() {
        assert_eq!(issuer("https://idp.example/realms/a/"), Some("https://idp.example/realms/a/"));
        for refused in
            ["https://idp.example?", "https://idp.example/?a", "https://idp.example/#a", "http://idp.example"]
        {
            assert_eq!(issuer(refused), None);
        }
    }

    #[test]
    fn a10_a_redirect_uri_is_where_an_app_can_be() {
        for accepted in [
            "https://app.example/cb?x=1",
            "http://localhost:4401/",
            "http://tauri.localhost/",
            "https://abcdef.chromiumapp.org/",
            "com.example.app://callback",
            "com.example.app://callback/path?x=1",
            "com.example.app:/callback",
            "com.example.app:///callback",
            "com.example.my-app://callback:8080/",
            "capacitor://localhost",
            "capacitor://localhost/callback",
            "tauri://localhost/",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop/callback.html",
            "moz-extension://0d4b2a3e-0d5c-4b8d-9e6b-7f1c2d3e4f50/callback.html",
            "safari-web-extension://0D4B2A3E-0D5C-4B8D-9E6B-7F1C2D3E4F50/callback.html",
        ] {
            assert_eq!(redirect_uri(accepted), Some(accepted));
        }
        for refused in [
            "",
            "/cb",
            "http://app.example/",
            "https://app.example/#",
            "https://app.example/#x",
            "https://u@app.example/",
            "https://app.example/a b",
            "javascript:x",
            "javascript:alert(1).x",
            "javascript://localhost/%0aalert(1)",
            "data:text/html,x",
            "data://localhost/x",
            "file:///index.html",
            "blob:https://app.example/x",
            "about:blank",
            "myapp://callback",
            "ms-app://callback",
            "urn:ietf:wg:oauth:2.0:oob",
            "com.example.app",
            "com.example.app:",
            "com.example.app:callback",
            "com.example.app://",
            "com.example.app://callback#x",
            "com.example.app://callback#",
            "com.example.app://user@callback/",
            "com.example.app://user:pw@callback",
            "com.example.app://callback\\x",
            "com.example.app:/call back",
            "com.example.app:/callback\n",
            "com..app://callback",
            "com.example.://callback",
            ".example://callback",
            "1.example://callback",
            "com.exämple://callback",
            "com.ex_ample://callback",
            "capacitor:/localhost",
            "capacitor://",
            "capacitor:///callback",
            "capacitor://localhost/#x",
            "capacitor://user@localhost/",
            "chrome-extension:abc",
            "tauri://local host/",
        ] {
            assert_eq!(redirect_uri(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn no_endpoint_and_no_origin_is_of_a_shell() {
        for shell in ["capacitor://localhost/token", "com.example.app://token", "chrome-extension://abc/"] {
            assert_eq!((endpoint(shell), origin(shell), split(shell)), (None, None, None));
        }
        assert!(!is_origin("capacitor://localhost") && !is_origin("tauri://localhost"));
        assert_eq!(split_page("capacitor://localhost/a?b").map(|parts| parts.origin), Some("capacitor://localhost"));
        assert_eq!((split_page("javascript://localhost/"), split_page("file://localhost/")), (None, None));
    }
}
