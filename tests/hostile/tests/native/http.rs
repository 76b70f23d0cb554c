//! HTTP as `fetch` does it for a page of another origin: no redirects, bounded time and size, and nothing that the
//! provider does not share with other origins.

use keyward::protocol::http::{MAX_BODY, Request, Response, TransportError};
use keyward::protocol::http_date;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

pub(super) fn send(request: &Request, timeout: Duration) -> Result<Response, TransportError> {
    let content_type = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (method, fields, body) = match &request.form {
        Some(form) => ("POST", format!("{content_type}Content-Length: {}\r\n", form.len()), form.as_str()),
        None => ("GET", String::new(), ""),
    };
    let extra: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("Accept: application/json\r\nOrigin: https://app.example\r\n{fields}{extra}");
    let raw = exchange(method, &request.url, &head, body, timeout)?;
    let shared = raw.header("access-control-allow-origin").is_some_and(|origin| origin == "*");
    if (300..400).contains(&raw.status) {
        return Err(TransportError::Network);
    }
    if !shared {
        return Err(TransportError::Cors);
    }
    if raw.body.len() > MAX_BODY {
        return Err(TransportError::Unreadable);
    }
    if raw.header("content-length").and_then(|length| length.parse().ok()) != Some(raw.body.len()) {
        return Err(TransportError::Network);
    }
    Ok(Response {
        status: raw.status,
        content_type: raw.header("content-type").map(str::to_owned),
        retry_after: raw.header("retry-after").map(str::to_owned),
        date: raw.header("date").and_then(|date| http_date::parse(date, 0)),
        dpop_nonce: raw.header("dpop-nonce").map(str::to_owned).filter(|_| raw.exposes("dpop-nonce")),
        www_authenticate: raw.header("www-authenticate").map(str::to_owned).filter(|_| raw.exposes("www-authenticate")),
        body: decoded(&raw.body),
    })
}

/// "UTF-8 decode" of the Encoding Standard, as `Response.json()` does it.
fn decoded(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets)).into_owned()
}

/// Where a navigation to that URL is sent on to.
pub(super) fn location(url: &str) -> Option<String> {
    let raw = exchange("GET", url, "", "", Duration::from_secs(10)).ok()?;
    raw.header("location").map(str::to_owned)
}

/// A form that a page is left with.
pub(super) fn submit(url: &str, form: &str) {
    let fields = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", form.len());
    exchange("POST", url, &fields, form, Duration::from_secs(10)).expect("the provider answers");
}

struct Raw {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether CORS lets a page read that field.
    fn exposes(&self, name: &str) -> bool {
        let fields = self.headers.iter().filter(|(key, _)| key == "access-control-expose-headers");
        fields.flat_map(|(_, list)| list.split(',')).any(|listed| listed.trim().eq_ignore_ascii_case(name))
    }
}

fn exchange(method: &str, url: &str, fields: &str, body: &str, timeout: Duration) -> Result<Raw, TransportError> {
    let (host, target) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_at_checked(rest.find('/')?))
        .ok_or(TransportError::Network)?;
    let deadline = Instant::now() + timeout;
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportError::Timeout,
        _ => TransportError::Network,
    };
    let mut stream = TcpStream::connect(host).map_err(failed)?;
    stream.set_read_timeout(Some(timeout)).map_err(failed)?;
    let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n{body}");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut octets = Vec::new();
    let mut piece = [0; 1 << 14];
    loop {
        let count = stream.read(&mut piece).map_err(failed)?;
        octets.extend(piece.iter().take(count));
        // Much more than is ever looked at: an endless body is left.
        if count == 0 || octets.len() > 2 * MAX_BODY {
            break;
        }
        if Instant::now() > deadline {
            return Err(TransportError::Timeout);
        }
    }
    parse(&octets).ok_or(TransportError::Network)
}

fn parse(octets: &[u8]) -> Option<Raw> {
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = octets.split_at(end + 4);
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let pair =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Some(Raw { status, headers: lines.filter_map(pair).collect(), body: body.to_vec() })
}
