//! The authorization request: code flow with PKCE (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core section 3.1.2.1).

use super::json::Json;
use super::{base64url, form};

/// What the authorization endpoint is asked. `response_type` is always `code`, the challenge method always `S256`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthorizationRequest<'a> {
    /// `client_id`
    pub client_id: &'a str,
    /// `redirect_uri`
    pub redirect_uri: &'a str,
    /// `scope`; left out if empty.
    pub scope: &'a str,
    /// `state`
    pub state: &'a str,
    /// `nonce`, with OpenID Connect.
    pub nonce: Option<&'a str>,
    /// `code_challenge`
    pub code_challenge: &'a str,
    /// `resource`, each one (RFC 8707).
    pub resources: &'a [String],
    /// `prompt`
    pub prompt: Option<&'a str>,
    /// `login_hint`
    pub login_hint: Option<&'a str>,
    /// `max_age`
    pub max_age_seconds: Option<i64>,
    /// `acr_values`
    pub acr_values: Option<&'a str>,
    /// `ui_locales`
    pub ui_locales: Option<&'a str>,
    /// `authorization_details` (RFC 9396).
    pub authorization_details: Option<&'a Json>,
    /// Parameters of the app's own. The members above win over them, a later one wins over an earlier one, and
    /// reserved ones are left out.
    pub extra: &'a [(String, String)],
}

impl AuthorizationRequest<'_> {
    /// The parameters as a form body (for a pushed request) or query.
    pub fn form(&self) -> String {
        let max_age = self.max_age_seconds.map(|seconds| seconds.to_string());
        let details = self.authorization_details.map(Json::to_text);
        let mut pairs =
            vec![("response_type", "code"), ("client_id", self.client_id), ("redirect_uri", self.redirect_uri)];
        let optional = [
            ("scope", (!self.scope.is_empty()).then_some(self.scope)),
            ("state", Some(self.state)),
            ("nonce", self.nonce),
            ("code_challenge", Some(self.code_challenge)),
            ("code_challenge_method", Some("S256")),
            ("prompt", self.prompt),
            ("login_hint", self.login_hint),
            ("max_age", max_age.as_deref()),
            ("acr_values", self.acr_values),
            ("ui_locales", self.ui_locales),
            ("authorization_details", details.as_deref()),
        ];
        pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        pairs.extend(self.resources.iter().map(|resource| ("resource", resource.as_str())));
        form::add_extra(&mut pairs, self.extra, is_reserved);
        form::encode(pairs)
    }

    /// The URL to visit; the endpoint's own query is kept.
    pub fn url(&self, endpoint: &str) -> String {
        form::append_encoded(endpoint, &self.form())
    }
}

/// Parameters that the protocol owns: an app can neither set nor replace them with parameters of its own.
pub fn is_reserved(parameter: &str) -> bool {
    const RESERVED: &[&str] = &[
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "request",
        "request_uri",
        "resource",
        "authorization_details",
        "dpop_jkt",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "registration",
        "grant_type",
        "code",
        "iss",
        "error",
    ];
    RESERVED.contains(&parameter)
}

/// The authentication context classes that the `claims` parameter makes essential; an empty list means that any will
/// do, and `None` that none is demanded (OpenID Connect Core sections 5.5.1 and 5.5.1.1).
pub fn essential_acr(claims: &Json) -> Option<Vec<String>> {
    let acr = claims.given("id_token")?.given("acr")?;
    if acr.get("essential").and_then(Json::as_bool) != Some(true) {
        return None;
    }
    let listed = acr.get("values").and_then(Json::elements).unwrap_or_default();
    let values = listed.iter().chain(acr.get("value"));
    Some(values.filter_map(Json::as_str).map(str::to_owned).collect())
}

/// A value of 256 random bits and nothing else, for `state` and `nonce`: 43 characters of base64url.
pub fn random_value(octets: [u8; 32]) -> String {
    base64url::encode(&octets)
}
