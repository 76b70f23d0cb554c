//! HTTP as plain values: what the protocol asks for, and what the platform brings back.

use super::Millis;
use crate::prelude::*;
use core::fmt;

/// A request to a provider. The platform sends every one without credentials, cache, referrer or redirects.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// Absolute URL.
    pub url: String,
    /// A form body makes it a POST; without one it is a GET.
    pub form: Option<String>,
    /// Header fields beyond `Accept` and `Content-Type`.
    pub headers: Vec<(&'static str, String)>,
    /// It may outlive the page (revocation while the page is left).
    pub keepalive: bool,
}

impl Request {
    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Request { url: url.into(), form: None, headers: Vec::new(), keepalive: false }
    }

    /// A POST request with a form body (`application/x-www-form-urlencoded`).
    pub fn post(url: &str, form: String) -> Self {
        Request { url: url.to_owned(), form: Some(form), headers: Vec::new(), keepalive: false }
    }
}

/// Bodies and header fields carry codes and tokens: only where the request goes is shown.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Request").field("url", &target).finish_non_exhaustive()
    }
}

/// A response that arrived whole.
#[derive(Clone, PartialEq, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body, at most [`MAX_BODY`] bytes, as `Response.json()` decodes it: without the byte order mark at its start,
    /// and with U+FFFD for what is no UTF-8.
    pub body: String,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Retry-After`, where the page may read it.
    pub retry_after: Option<String>,
    /// `Date`, where the page may read it.
    pub date: Option<Millis>,
    /// `DPoP-Nonce`, where the page may read it.
    pub dpop_nonce: Option<String>,
    /// `WWW-Authenticate`, where the page may read it.
    pub www_authenticate: Option<String>,
}

impl Response {
    /// Whether the server, or a gateway before it, cannot answer now: nothing was decided.
    pub fn is_transient(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500..=599)
    }
}

/// Bodies larger than this are refused by the platform.
pub const MAX_BODY: usize = 1 << 20;

/// Bodies carry tokens: only the status is shown.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why no response arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// No connection, a refused redirect, or a response that CORS hides: a page cannot tell them apart.
    Network,
    /// The server answers, and CORS keeps its answer from this origin. Error pages of gateways look the same.
    Cors,
    /// Not within the time allowed.
    Timeout,
    /// The body was larger than [`MAX_BODY`].
    Unreadable,
}

impl TransportError {
    /// What an app's developer is told.
    pub fn message(self) -> &'static str {
        match self {
            TransportError::Network => "the provider could not be reached, or does not allow this origin (CORS)",
            TransportError::Cors => {
                "the provider answers, but its answer is kept from this page's origin (CORS): enter that origin (scheme, \
                 host and port) among the allowed origins or web origins of the client at the provider. A redirect, or a \
                 gateway's error page, looks the same"
            }
            TransportError::Timeout => "the provider did not answer in time",
            TransportError::Unreadable => "the provider's answer is too large",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b2_a_body_has_at_most_a_mebibyte() {
        assert_eq!(MAX_BODY, 1_048_576);
    }

    #[test]
    fn j1_why_no_response_arrived_is_told_apart() {
        let message = |error: TransportError| error.message();
        assert!(message(TransportError::Network).contains("CORS"));
        assert!(message(TransportError::Timeout).contains("in time"));
        assert!(message(TransportError::Unreadable).contains("too large"));
    }

    #[test]
    fn j2_only_where_a_request_goes_and_how_it_was_answered_is_shown() {
        let mut request = Request::post("https://idp.example/token?code=secret#secret", "code=secret".to_owned());
        request.headers.push(("Authorization", "Bearer secret".to_owned()));
        assert_eq!(format!("{request:?}"), r#"Request { url: "https://idp.example/token", .. }"#);
        let response = Response { status: 200, body: "secret".to_owned(), ..Response::default() };
        assert_eq!(format!("{response:?}"), "Response { status: 200, .. }");
    }
}
