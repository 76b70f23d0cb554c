//! The authorization response in the page's URL (RFC 6749 section 4.1.2, RFC 9207).

use super::error::{Error, ErrorCode, OAuthError};
use super::form;
use std::fmt;

/// What a URL says that may be an authorization response, or the return from a logout. Nothing in it is to be
/// believed before its state was found and [`process`] agreed.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// The first `state`.
    pub state: Option<String>,
    /// What the response is about.
    pub outcome: Outcome,
    /// The first `iss`.
    pub iss: Option<String>,
    /// A parameter of the protocol occurs more than once.
    pub duplicated: bool,
    states: Vec<String>,
}

/// What the parameters of a response amount to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// `code`
    Code(Code),
    /// `error` and what goes with it, as inert text.
    Error(OAuthError),
    /// `code` and `error` together.
    Contradiction,
    /// `state` alone: perhaps the return from a logout (OpenID Connect RP-Initiated Logout section 3).
    StateOnly,
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

impl Callback {
    /// Reads the query of a URL; `None` if it has neither `code` nor `error` nor `state`.
    pub fn from_url(url: &str) -> Option<Callback> {
        let (_, query, _) = cut(url);
        let pairs = form::parse(query?);
        let values = |name: &str| pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect();
        let first = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let states: Vec<String> = values("state");
        let outcome = match (first("code"), first("error")) {
            (Some(_), Some(_)) => Outcome::Contradiction,
            (Some(code), None) => Outcome::Code(Code(code.to_owned())),
            (None, Some(error)) => {
                Outcome::Error(OAuthError::inert(error, first("error_description"), first("error_uri"), None))
            }
            (None, None) if !states.is_empty() => Outcome::StateOnly,
            (None, None) => return None,
        };
        let occurs_twice = |name: &&str| pairs.iter().filter(|(key, _)| key == *name).count() > 1;
        Some(Callback {
            state: states.first().cloned(),
            outcome,
            iss: first("iss").map(str::to_owned),
            duplicated: RESPONSE_PARAMETERS.iter().any(occurs_twice),
            states,
        })
    }

    /// Every `state`, to look for the transaction with.
    pub fn state_values(&self) -> Vec<&str> {
        self.states.iter().map(String::as_str).collect()
    }
}

/// Judges a response whose state belongs to a transaction with this issuer. `iss_required`: the metadata promises
/// `iss` in every response (RFC 9207 section 2.4).
pub fn process(callback: &Callback, issuer: &str, iss_required: bool) -> Result<Code, Error> {
    if callback.duplicated {
        return Err(invalid("a parameter of the authorization response occurs more than once"));
    }
    match &callback.iss {
        Some(iss) if iss != issuer => {
            return Err(Error::new(ErrorCode::IssuerMismatch, "the authorization response comes from another issuer"));
        }
        None if iss_required => {
            let message = "the authorization response lacks `iss`, which the provider's metadata promises";
            return Err(Error::new(ErrorCode::IssuerMismatch, message));
        }
        _ => {}
    }
    match &callback.outcome {
        Outcome::Code(code) if code.0.is_empty() => Err(invalid("the authorization response has an empty code")),
        Outcome::Code(code) => Ok(code.clone()),
        Outcome::Error(oauth) => Err(declined(oauth)),
        Outcome::Contradiction => Err(invalid("the authorization response has both a code and an error")),
        Outcome::StateOnly => Err(invalid("the authorization response has neither a code nor an error")),
    }
}

/// The URL without the parameters of an authorization response; every other octet stays as it is.
pub fn clean_url(url: &str) -> String {
    let (target, Some(query), fragment) = cut(url) else { return url.to_owned() };
    let foreign = |pair: &&str| {
        let name = form::parse(pair).into_iter().next().map(|(name, _)| name).unwrap_or_default();
        !RESPONSE_PARAMETERS.contains(&name.as_str())
    };
    let kept: Vec<&str> = query.split('&').filter(foreign).collect();
    let kept = kept.join("&");
    let separator = if kept.is_empty() && !query.is_empty() { "" } else { "?" };
    [target, separator, &kept, fragment].concat()
}

const RESPONSE_PARAMETERS: &[&str] =
    &["code", "state", "iss", "error", "error_description", "error_uri", "session_state"];

/// Error responses of the authorization endpoint (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
fn declined(oauth: &OAuthError) -> Error {
    let (code, message) = match oauth.error.as_str() {
        "access_denied" => (ErrorCode::AccessDenied, "the user or the provider declined"),
        "login_required" => (ErrorCode::LoginRequired, "the user must sign in at the provider"),
        "interaction_required" | "consent_required" | "account_selection_required" => {
            (ErrorCode::InteractionRequired, "the provider needs to ask the user")
        }
        "temporarily_unavailable" | "server_error" => {
            (ErrorCode::TemporarilyUnavailable, "the provider cannot answer at the moment")
        }
        _ => (ErrorCode::AuthorizationFailed, "the provider refused the authorization request"),
    };
    let mut error = Error::new(code, message);
    error.oauth = Some(Box::new(oauth.clone()));
    error
}

/// Everything before the query, the query without its question mark, and the fragment with its number sign.
fn cut(url: &str) -> (&str, Option<&str>, &str) {
    let (target, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    match target.split_once('?') {
        Some((target, query)) => (target, Some(query), fragment),
        None => (target, None, fragment),
    }
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorCode::InvalidResponse, message)
}

#[cfg(test)]
mod tests;
