//! The UserInfo endpoint (OpenID Connect Core section 5.3): claims about the user, fetched with the access token.

use super::decimal;
use super::error::{Error, ErrorCode, OAuthError};
use super::http::{Request, Response, TransportError};
use super::jose::Compact;
use super::json::{Json, Parser};
use super::{id_token, url};
use crate::prelude::*;

/// Asks for the claims (OpenID Connect Core section 5.3.1); the token is in the header fields alone (RFC 6750 section
/// 2.1).
pub fn request(endpoint: &str, authorization: &[(&'static str, String)]) -> Request {
    Request { headers: authorization.to_vec(), ..Request::get(endpoint) }
}

/// What the endpoint says. Nothing of it is to be believed before [`about`] has looked at it.
#[derive(Clone, PartialEq)]
pub enum UserInfo {
    /// Claims as they are, which the TLS connection vouches for.
    Plain(Json),
    /// Claims in a token (section 5.3.2), whose signature and claims are verified as those of an ID token are.
    Signed(Box<Compact>),
}

/// Judges the answer. Claims that others hold (`_claim_names`, `_claim_sources`) stay the plain values that they are:
/// nothing is ever fetched on their account.
pub fn process(response: &Response, parse: Parser) -> Result<UserInfo, Error> {
    let body = || parse(&response.body).filter(|json| json.members().is_some());
    if response.status != 200 {
        return Err(refused(response, body().as_ref()));
    }
    let content_type = response.content_type.as_deref().unwrap_or_default();
    let media_type = url::cut(content_type, b"; ").0;
    // Every token begins so, and no JSON does.
    if media_type.eq_ignore_ascii_case("application/jwt") || response.body.starts_with("eyJ") {
        let token = Compact::decode(&response.body, parse).map_err(of_userinfo)?;
        return Ok(UserInfo::Signed(Box::new(token)));
    }
    body().map(UserInfo::Plain).ok_or_else(|| failed("the UserInfo response is not a JSON object".to_owned()))
}

/// The claims, if they are about that user (section 5.3.2: otherwise they must not be used).
pub fn about(claims: Json, subject: &str) -> Result<Json, Error> {
    if claims.str("sub") == Some(subject) {
        return Ok(claims);
    }
    Err(Error::new(ErrorCode::SubjectMismatch, "the UserInfo response is not about the session's user (`sub`)"))
}

/// What an error of the code for ID tokens is called here.
pub fn of_userinfo(mut error: Error) -> Error {
    if error.code == ErrorCode::InvalidIdToken {
        let what = error.message.strip_prefix(id_token::REFUSED).unwrap_or(&error.message);
        error = failed(["the signed UserInfo response is refused: ", what].concat());
    }
    error
}

/// Why there is no answer.
pub fn unanswered(error: TransportError) -> Error {
    let code = match error {
        TransportError::Network | TransportError::Cors => ErrorCode::Network,
        TransportError::Timeout => ErrorCode::Timeout,
        TransportError::Unreadable => ErrorCode::UserinfoFailed,
    };
    Error::new(code, error.message())
}

/// An error response (section 5.3.3, RFC 6750 section 3.1), or another that is no use.
fn refused(response: &Response, body: Option<&Json>) -> Error {
    let mut error = if response.is_transient() {
        Error::new(ErrorCode::TemporarilyUnavailable, "the provider cannot answer now")
    } else {
        failed(["the UserInfo endpoint answered with status ", &decimal::text(response.status.into())].concat())
    };
    error.oauth = body.and_then(|body| OAuthError::from_body(body, response.status)).map(Box::new);
    error
}

fn failed(message: String) -> Error {
    Error::new(ErrorCode::UserinfoFailed, message)
}

#[cfg(test)]
mod tests;
