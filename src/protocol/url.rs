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
