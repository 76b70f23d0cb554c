//! The token endpoint: requests and what their responses mean (RFC 6749 sections 4.1.3, 5 and 6).

pub use super::authorization::is_reserved;
use super::callback::Code;
use super::error::{Error, ErrorCode, OAuthError};
use super::http::{Request, Response, TransportError};
use super::json::{Json, Parser};
use super::pkce::Verifier;
use super::{Millis, decimal, form, http_date, url};
use crate::prelude::*;
use core::fmt;

/// Exchanges an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.5, RFC 8707 section 2.2).
pub fn code_request(
    endpoint: &str,
    client_id: &str,
    code: &Code,
    redirect_uri: &str,
    verifier: &Verifier,
    resources: &[String],
    extra: &[(String, String)],
) -> Request {
    let own = [
        ("grant_type", Some("authorization_code")),
        ("client_id", Some(client_id)),
        ("code", Some(code.as_str())),
        ("redirect_uri", Some(redirect_uri)),
        ("code_verifier", Some(verifier.as_str())),
    ];
    Request::post(endpoint, form::request(&own, resources, extra, is_reserved))
}

/// Refreshes (RFC 6749 section 6); `scope` and `resource` narrow what is asked for (RFC 8707 section 2.2).
pub fn refresh_request(
    endpoint: &str,
    client_id: &str,
    refresh_token: &str,
    scope: Option<&str>,
    resource: Option<&str>,
    extra: &[(String, String)],
) -> Request {
    let own = [
        ("grant_type", Some("refresh_token")),
        ("client_id", Some(client_id)),
        ("refresh_token", Some(refresh_token)),
        ("scope", scope),
        ("resource", resource),
    ];
    Request::post(endpoint, form::request(&own, &[], extra, is_reserved))
}

/// A successful response (RFC 6749 section 5.1).
#[derive(Clone, PartialEq)]
pub struct TokenResponse {
    /// `access_token`; never empty.
    pub access_token: String,
    /// `token_type`
    pub token_type: TokenType,
    /// `expires_in`: from zero to ten years; `None` if the provider does not say, or says zero.
    pub lifetime: Option<Millis>,
    /// `refresh_token`
    pub refresh_token: Option<String>,
    /// `id_token`
    pub id_token: Option<String>,
    /// `scope`, where the provider says it.
    pub scope: Option<String>,
    /// `authorization_details` (RFC 9396 section 7).
    pub authorization_details: Option<Json>,
    /// When the provider says that it answered, where the page may read it.
    pub date: Option<Millis>,
}

/// How an access token is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// RFC 6750
    Bearer,
    /// RFC 9449
    Dpop,
}

impl TokenType {
    /// The name as the `Authorization` header spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            TokenType::Bearer => "Bearer",
            TokenType::Dpop => "DPoP",
        }
    }

    /// The type of that name, in any case (RFC 6749 section 5.1).
    pub fn from_name(name: &str) -> Option<TokenType> {
        let known = [TokenType::Bearer, TokenType::Dpop];
        known.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(name))
    }
}

/// Tokens are secrets: only their presence is shown.
impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("lifetime", &self.lifetime)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_id_token", &self.id_token.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a token request brought no tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What it means for the session.
    pub kind: FailureKind,
    /// What the caller is told.
    pub error: Error,
}

/// What a failed token request means for the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The same request may succeed later: nothing was decided about the grant.
    Transient {
        /// How long the provider asks to wait.
        retry_after: Option<Millis>,
    },
    /// `invalid_grant` and the errors that only the user can mend: this refresh token or code is worth nothing any more.
    SessionEnded,
    /// No retry at once mends it: a mistake in the configuration, or a response that breaks the specification.
    Refused,
}

/// Judges the answer to a token request. `now` is only used for a `Retry-After` that is a date.
pub fn process(
    answer: Result<Box<Response>, TransportError>,
    parse: Parser,
    now: Millis,
) -> Result<Box<TokenResponse>, Failure> {
    let response = answer.map_err(unanswered)?;
    let body = parse(&response.body).filter(|json| json.members().is_some());
    if matches!(response.status, 200..=299) {
        let Some(body) = &body else {
            let mut failure = invalid(&["the token response is not a JSON object"]);
            failure.kind = FailureKind::Transient { retry_after: None };
            return Err(failure);
        };
        // Some providers send errors with the status of a success.
        if body.given("access_token").is_some() || body.str("error").is_none() {
            return tokens(body, response.date);
        }
    }
    Err(refused(&response, body.as_ref(), now))
}

/// How long a `Retry-After` asks to wait, as seconds or as a date (RFC 9110 section 10.2.3); at most a day.
pub fn retry_after(text: &str, now: Millis) -> Option<Millis> {
    const DAY: Millis = 24 * 60 * 60 * 1000;
    let text = text.trim_matches([' ', '\t']);
    let wait = match decimal::parse(text) {
        Some(seconds) => seconds.min(DAY) * 1000,
        None => http_date::parse(text, now)?.saturating_sub(now),
    };
    Some(wait.clamp(0, DAY))
}

fn tokens(body: &Json, date: Option<Millis>) -> Result<Box<TokenResponse>, Failure> {
    let details = body.given("authorization_details");
    if details.is_some_and(|details| details.elements().is_none()) {
        return Err(invalid(&["`authorization_details` is not an array"]));
    }
    let Some(access_token) = token(body, "access_token")? else {
        return Err(invalid(&["`access_token` is missing or empty"]));
    };
    let Some(token_type) = body.str("token_type").and_then(TokenType::from_name) else {
        return Err(invalid(&["`token_type` is neither Bearer nor DPoP"]));
    };
    Ok(Box::new(TokenResponse {
        access_token,
        token_type,
        lifetime: body.given("expires_in").and_then(lifetime),
        refresh_token: token(body, "refresh_token")?,
        id_token: token(body, "id_token")?,
        scope: scope(body)?,
        authorization_details: details.cloned(),
        date,
    }))
}

/// A token, which is visible ASCII (RFC 6749 appendix A.12 and A.17). White space after it was seen, and is dropped; null
/// and empty mean absent.
fn token(body: &Json, member: &str) -> Result<Option<String>, Failure> {
    let text = match body.given(member) {
        None => return Ok(None),
        Some(Json::String(text)) => text.trim_end_matches([' ', '\t', '\r', '\n']),
        Some(_) => return Err(not_plain(member)),
    };
    if !text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return Err(not_plain(member));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A text, with whatever letters there are in it, or a list of texts, as some providers have it.
fn scope(body: &Json) -> Result<Option<String>, Failure> {
    let scope = match body.given("scope") {
        None => return Ok(None),
        Some(Json::String(text)) => text.clone(),
        Some(list) => {
            let values = list.elements().and_then(|list| list.iter().map(Json::as_str).collect::<Option<Vec<&str>>>());
            values.ok_or_else(|| not_plain("scope"))?.join(" ")
        }
    };
    Ok((!scope.is_empty()).then_some(scope))
}

fn not_plain(member: &str) -> Failure {
    invalid(&["`", member, "` is not a plain text"])
}

/// Seconds as a number or in digits. What cannot be read means that the lifetime is unknown, and so does zero, by which
/// several providers (and Go's oauth2) mean that the token does not expire. What is negative is over.
fn lifetime(expires_in: &Json) -> Option<Millis> {
    const TEN_YEARS: Millis = 3653 * 24 * 60 * 60 * 1000;
    let seconds = match expires_in {
        Json::Number(seconds) if !seconds.is_nan() => *seconds,
        Json::String(text) => match text.strip_prefix('-') {
            Some(digits) => -(whole_seconds(digits)? as f64),
            None => whole_seconds(text)? as f64,
        },
        _ => return None,
    };
    // Conversion saturates.
    (seconds != 0.0).then(|| ((seconds * 1000.0) as Millis).clamp(0, TEN_YEARS))
}

/// Decimal digits, with a fraction that is not looked at; saturates.
fn whole_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = url::cut(text, b".");
    let sound = fraction.is_empty() || fraction.strip_prefix('.').and_then(decimal::parse).is_some();
    decimal::parse(whole).filter(|_| sound)
}

fn unanswered(error: TransportError) -> Failure {
    let code = match error {
        TransportError::Timeout => ErrorCode::Timeout,
        // The status of what is unreadable is not known: it may be the error page of a gateway that is down.
        TransportError::Network | TransportError::Cors | TransportError::Unreadable => ErrorCode::Network,
    };
    Failure { kind: FailureKind::Transient { retry_after: None }, error: Error::new(code, error.message()) }
}

/// An error response (RFC 6749 section 5.2), or none that can be read. What the status says goes first: a provider
/// that is overloaded or broken has decided nothing. Nor has one that did not speak: an answer without an OAuth error is
/// that of a gateway, a captive portal or a proxy.
fn refused(response: &Response, body: Option<&Json>, now: Millis) -> Failure {
    let oauth = body.and_then(|body| OAuthError::from_body(body, response.status));
    let name = oauth.as_ref().map_or("", |oauth| oauth.error.as_str());
    let transient = response.is_transient() || matches!(name, "temporarily_unavailable" | "server_error");
    let wait = || response.retry_after.as_deref().and_then(|text| retry_after(text, response.date.unwrap_or(now)));
    let (kind, code, message) = if transient {
        let kind = FailureKind::Transient { retry_after: wait() };
        (kind, ErrorCode::TemporarilyUnavailable, "the provider cannot answer now")
    } else if name.is_empty() {
        let kind = FailureKind::Transient { retry_after: wait() };
        (kind, ErrorCode::TokenEndpoint, "the provider refused, and does not say why")
    } else {
        let (kind, message) = match name {
            "invalid_grant" => (FailureKind::SessionEnded, "the provider does not accept the grant any more"),
            _ if needs_the_user(name) => (FailureKind::SessionEnded, "the provider asks for the user"),
            _ => (FailureKind::Refused, "the provider refused the request"),
        };
        (kind, ErrorCode::TokenEndpoint, message)
    };
    let mut error = Error::new(code, message);
    error.oauth = oauth.map(Box::new);
    Failure { kind, error }
}

/// The errors of the authorization endpoint that only the user can mend (OpenID Connect Core section 3.1.2.6), which
/// several providers answer to a refresh, some with a `suberror`.
fn needs_the_user(error: &str) -> bool {
    matches!(error, "interaction_required" | "login_required" | "consent_required" | "account_selection_required")
}

fn invalid(message: &[&str]) -> Failure {
    Failure { kind: FailureKind::Refused, error: Error::new(ErrorCode::InvalidResponse, message.concat()) }
}

#[cfg(test)]
mod tests;
