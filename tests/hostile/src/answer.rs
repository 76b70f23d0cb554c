//! What goes back over the wire.

use crate::id_token::seconds_now;
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};

/// An HTTP response, and how it is delivered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header fields; those that every response has are added when it is sent.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it is delivered.
    pub delivery: Delivery,
}

/// How a response is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As a response should be.
    Whole,
    /// Less of the body than was promised.
    CutOff,
    /// Not at all: the connection stays open.
    Never,
    /// Not at all: the connection is closed.
    Dropped,
    /// Without the header fields that let another origin read it.
    WithoutCors,
}

impl Answer {
    /// A JSON document.
    pub fn json(status: u16, body: &Value) -> Answer {
        Answer::text(status, "application/json", body.to_string())
    }

    /// Any text.
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = vec![("Content-Type", content_type.to_owned()), ("Cache-Control", "no-store".to_owned())];
        Answer { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    /// Says when it was made, so many seconds from now.
    pub fn dated(&mut self, after: i64) {
        let seconds = seconds_now().saturating_add(after).try_into().unwrap_or_default();
        self.headers.push(("Date", httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))));
    }

    /// Sends the user agent elsewhere.
    pub fn redirect(location: &str) -> Answer {
        Answer { headers: vec![("Location", location.to_owned())], ..Answer::text(303, "text/plain", "") }
    }

    /// An OAuth error response (RFC 6749 section 5.2).
    pub fn error(status: u16, error: &str) -> Answer {
        Answer::json(status, &serde_json::json!({ "error": error }))
    }
}
