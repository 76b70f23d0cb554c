//! The little that is needed of URLs. Not a parser for everything a browser accepts: what is not plain is refused.

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
    let (scheme, rest) = url.split_once("://")?;
    if !is_http(scheme) && !is_https(scheme) {
        return None;
    }
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    let (host, port) = host_and_port(authority)?;
    let (origin, _) = url.split_at_checked(scheme.len() + "://".len() + authority.len())?;
    let (rest, fragment) = cut(rest, '#');
    let (path, query) = cut(rest, '?');
    if path.starts_with('\\') {
        return None;
    }
    Some(Parts { origin, scheme, host, port, path, query, fragment })
}

/// Scheme, host and port of a plain http or https URL, as they stand in its text.
pub fn origin(url: &str) -> Option<&str> {
    split(url).map(|parts| parts.origin)
}

/// The URL without query and fragment: the default redirect URI of a page.
pub fn page(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// The text, if a provider's endpoint may be there: an absolute https URL, or http on a loopback host; without
/// userinfo and fragment, and with no character that a URI does not have (RFC 3986; RFC 6749 sections 3.1 and 3.2).
pub fn endpoint(text: &str) -> Option<&str> {
    let parts = split(text)?;
    let secure = is_https(parts.scheme) || is_loopback(parts.host);
    (secure && parts.fragment.is_none() && text.bytes().all(is_uri_octet)).then_some(text)
}

/// The text, if it can be an issuer identifier: an endpoint without query (RFC 8414 section 2).
pub fn issuer(text: &str) -> Option<&str> {
    endpoint(text).filter(|text| !text.contains('?'))
}

/// The text, if responses may be sent there: an absolute http or https URL without userinfo and fragment
/// (RFC 6749 section 3.1.2). Whether it is a page of the app is for the provider to know.
pub fn redirect_uri(text: &str) -> Option<&str> {
    split(text).filter(|parts| parts.fragment.is_none() && text.bytes().all(is_uri_octet)).map(|_| text)
}

/// A host that never leaves this machine: `localhost`, names below it, 127.0.0.0/8 and `[::1]` (RFC 8252 section 7.3).
pub fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback_ipv4(&host)
}

/// Whether the scheme is `https`, in any case.
pub fn is_https(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https")
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http")
}

fn is_loopback_ipv4(host: &str) -> bool {
    let mut octets = host.split('.');
    octets.next() == Some("127") && octets.clone().count() == 3 && octets.all(is_decimal_octet)
}

/// Without leading zeros: some parsers read those as octal.
fn is_decimal_octet(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
        && text.parse::<u8>().is_ok()
}

fn host_and_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']')?;
            let plain = address.contains(':')
                && address.bytes().all(|octet| octet.is_ascii_hexdigit() || octet == b':' || octet == b'.');
            let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
            (plain.then(|| authority.split_at(address.len() + 2).0)?, port)
        }
        None => {
            let (name, port) = cut(authority, ':');
            (is_plain_name(name).then_some(name)?, port)
        }
    };
    let plain_port = |port: &str| port.bytes().all(|octet| octet.is_ascii_digit()) && port.parse::<u16>().is_ok();
    port.is_none_or(plain_port).then_some((host, port))
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains("..")
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_'))
}

/// The characters of RFC 3986, percent sign included.
fn is_uri_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
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
    fn a10_a_redirect_uri_has_no_fragment() {
        for accepted in ["https://app.example/cb?x=1", "http://app.test/", "http://localhost:4401/"] {
            assert_eq!(redirect_uri(accepted), Some(accepted));
        }
        for refused in [
            "/cb",
            "https://app.example/#",
            "https://app.example/#x",
            "javascript:x",
            "https://u@app.example/",
            "https://app.example/a b",
        ] {
            assert_eq!(redirect_uri(refused), None);
        }
    }
}
