//! The authorization response in the page's URL (RFC 6749 section 4.1.2, RFC 9207).

use super::error::{Error, ErrorCode, OAuthError};
use super::form;
use super::url::{cut, pieces};
use crate::prelude::*;
use core::fmt;

/// What a URL says that may be an authorization response, or the return from a logout. Nothing in it is to be
/// believed before its state was found and [`process`] agreed.
#[derive(Clone, PartialEq)]
pub struct Callback(Vec<(String, String)>);

/// What the parameters of a response amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `code`
    Code,
    /// `error`
    Error,
    /// `code` and `error` together.
    Contradiction,
    /// `state` alone: perhaps the return from a logout (OpenID Connect RP-Initiated Logout section 3).
    StateOnly,
    /// Nothing of the protocol.
    Nothing,
}

/// An authorization code.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The text for the token request. A secret until it is used.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A secret: nothing of it is shown.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// What came along may be a secret: only what it amounts to is shown.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Callback").field(&self.outcome()).finish()
    }
}

impl Callback {
    /// Reads the query of a URL; `None` if it has neither `code` nor `error` nor `state`.
    pub fn from_url(url: &str) -> Option<Callback> {
        let [_, query, _] = parts(url);
        let callback = Callback(form::parse(query.strip_prefix('?')?));
        (callback.outcome() != Outcome::Nothing).then_some(callback)
    }

    /// What the response is about.
    pub fn outcome(&self) -> Outcome {
        let has = |name| self.first(name).is_some();
        match (has("code"), has("error")) {
            (true, true) => Outcome::Contradiction,
            (true, false) => Outcome::Code,
            (false, true) => Outcome::Error,
            (false, false) if has("state") => Outcome::StateOnly,
            (false, false) => Outcome::Nothing,
        }
    }

    /// Every `state`, to look for the transaction with.
    pub fn state_values(&self) -> Vec<&str> {
        self.0.iter().filter(|(name, _)| name == "state").map(|(_, value)| value.as_str()).collect()
    }

    /// Whether it says whose response it is.
    pub fn has_state(&self) -> bool {
        self.state_values().iter().any(|state| !state.is_empty())
    }

    /// The words of an error response, which anybody may have written.
    pub fn words(&self) -> Option<OAuthError> {
        let (description, uri) = (self.first("error_description"), self.first("error_uri"));
        Some(OAuthError::inert(self.first("error")?, description, uri, None))
    }

    /// Whether a parameter of the protocol occurs more than once.
    fn is_duplicated(&self) -> bool {
        let mut rest = self.0.as_slice();
        while let [(name, _), later @ ..] = rest {
            rest = later;
            if RESPONSE_PARAMETERS.contains(&name.as_str()) && later.iter().any(|(again, _)| again == name) {
                return true;
            }
        }
        false
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }
}

/// Judges a response whose state belongs to a transaction with this issuer. `iss_required`: the metadata promises
/// `iss` in every response (RFC 9207 section 2.4).
pub fn process(callback: &Callback, issuer: &str, iss_required: bool) -> Result<Code, Error> {
    let iss = callback.first("iss");
    let code = callback.first("code").unwrap_or_default();
    let outcome = callback.outcome();
    let (error, message) = if callback.is_duplicated() {
        (ErrorCode::InvalidResponse, "a parameter of the response occurs twice")
    } else if iss.is_some_and(|iss| iss != issuer) {
        (ErrorCode::IssuerMismatch, "the response comes from another issuer")
    } else if iss.is_none() && iss_required {
        (ErrorCode::IssuerMismatch, "the response lacks `iss`, which the metadata promises")
    } else if outcome == Outcome::Error {
        return Err(declined(callback));
    } else if outcome == Outcome::Contradiction {
        (ErrorCode::InvalidResponse, "the response has both a code and an error")
    } else if code.is_empty() {
        (ErrorCode::InvalidResponse, "the response has no code, or an empty one")
    } else {
        return Ok(Code(code.to_owned()));
    };
    Err(Error::new(error, message))
}

/// Whether the provider means that its page was open for too long, or that the user has signed in there in another tab
/// meanwhile: asked once more, it will do (Keycloak).
pub fn is_to_be_asked_again(error: &Error) -> bool {
    error.oauth.as_ref().is_some_and(|words| {
        words.error == "temporarily_unavailable" && words.description.as_deref() == Some("authentication_expired")
    })
}

/// The URL without the parameters of an authorization response; every other octet stays as it is.
pub fn clean_url(url: &str) -> String {
    without(url, &|(name, _)| RESPONSE_PARAMETERS.contains(&name.as_str()))
}

/// The URL without whatever came to it since it was that redirect URI: providers add members of their own to a response.
pub fn clean_redirect_uri(url: &str, redirect_uri: &str) -> String {
    let [_, query, _] = parts(redirect_uri);
    let own = form::parse(query.strip_prefix('?').unwrap_or_default());
    without(url, &|member| !own.contains(member))
}

/// The URL without a response that nobody has redeemed and nobody will.
pub fn without_stale_response(url: &str) -> String {
    let stale = Callback::from_url(url)
        .is_some_and(|callback| callback.has_state() && callback.outcome() != Outcome::StateOnly);
    if stale { clean_url(url) } else { url.to_owned() }
}

fn without(url: &str, goes: &dyn Fn(&(String, String)) -> bool) -> String {
    let [target, query, fragment] = parts(url);
    let Some(query) = query.strip_prefix('?') else { return url.to_owned() };
    let mut clean = target.to_owned();
    for pair in pieces(query, b"&") {
        if !form::parse(pair).first().is_some_and(goes) {
            clean.push(if clean.len() == target.len() { '?' } else { '&' });
            clean.push_str(pair);
        }
    }
    // Nothing is left of a query that had something.
    if clean.len() == target.len() + 1 && !query.is_empty() {
        clean.pop();
    }
    clean + fragment
}

const RESPONSE_PARAMETERS: &[&str] =
    &["code", "state", "iss", "error", "error_description", "error_uri", "session_state"];

/// Error responses of the authorization endpoint (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
const DECLINED: &[(&str, ErrorCode)] = &[
    ("access_denied", ErrorCode::AccessDenied),
    ("login_required", ErrorCode::LoginRequired),
    ("interaction_required", ErrorCode::InteractionRequired),
    ("consent_required", ErrorCode::InteractionRequired),
    ("account_selection_required", ErrorCode::InteractionRequired),
    ("temporarily_unavailable", ErrorCode::TemporarilyUnavailable),
    ("server_error", ErrorCode::TemporarilyUnavailable),
];

fn declined(callback: &Callback) -> Error {
    let name = callback.first("error").unwrap_or_default();
    let known = DECLINED.iter().find(|(known, _)| *known == name);
    let code = known.map_or(ErrorCode::AuthorizationFailed, |(_, code)| *code);
    let message = match code {
        ErrorCode::AccessDenied => "the user or the provider declined",
        ErrorCode::LoginRequired => "the user must sign in at the provider",
        ErrorCode::InteractionRequired => "the provider needs to ask the user",
        ErrorCode::TemporarilyUnavailable => "the provider cannot answer now",
        _ => "the provider refused the request",
    };
    let mut error = Error::new(code, message);
    error.oauth = callback.words().map(Box::new);
    error
}

/// What is before the query, the query with its question mark, and the fragment with its number sign.
fn parts(url: &str) -> [&str; 3] {
    let (target, fragment) = cut(url, b"#");
    let (target, query) = cut(target, b"?");
    [target, query, fragment]
}

#[cfg(test)]
mod tests;
