//! The authorization request: code flow with PKCE (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core section 3.1.2.1).

use super::json::{Json, JsonText};
use super::{base64url, decimal, form};
use crate::prelude::*;

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
    /// `dpop_jkt`: the code is for the holder of the key with that thumbprint (RFC 9449 section 10).
    pub dpop_jkt: Option<&'a str>,
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
    /// `authorization_details` (RFC 9396), sent as it is: what the user is asked to approve is the app's to say.
    pub authorization_details: Option<&'a JsonText>,
    /// Parameters of the app's own. The members above win over them, a later one wins over an earlier one, and
    /// reserved ones are left out.
    pub extra: &'a [(String, String)],
}

impl AuthorizationRequest<'_> {
    /// The parameters as a form body (for a pushed request) or query.
    pub fn form(&self) -> String {
        let max_age = self.max_age_seconds.map(decimal::text);
        let own = [
            ("response_type", Some("code")),
            ("client_id", Some(self.client_id)),
            ("redirect_uri", Some(self.redirect_uri)),
            ("scope", Some(self.scope).filter(|scope| !scope.is_empty())),
            ("state", Some(self.state)),
            ("nonce", self.nonce),
            ("code_challenge", Some(self.code_challenge)),
            ("code_challenge_method", Some("S256")),
            ("dpop_jkt", self.dpop_jkt),
            ("prompt", self.prompt),
            ("login_hint", self.login_hint),
            ("max_age", max_age.as_deref()),
            ("acr_values", self.acr_values),
            ("ui_locales", self.ui_locales),
            ("authorization_details", self.authorization_details.map(JsonText::as_str)),
        ];
        form::request(&own, self.resources, self.extra, is_reserved)
    }

    /// The URL to visit; the endpoint's own query is kept.
    pub fn url(&self, endpoint: &str) -> String {
        form::append_encoded(endpoint, &self.form())
    }
}

/// Parameters that the protocol owns, at this endpoint or at the token endpoint: an app can neither set nor replace them with parameters of its own.
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
        "refresh_token",
        "username",
        "password",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::json;

    fn pairs_of(form: &str) -> Vec<(String, String)> {
        form::parse(form)
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn smallest() -> AuthorizationRequest<'static> {
        AuthorizationRequest {
            client_id: "s6BhdRkqt3",
            redirect_uri: "https://app.example/cb?x=1",
            scope: "openid profile",
            state: "af0ifjsldkj",
            nonce: Some("n-0S6_WzA2Mj"),
            code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ..AuthorizationRequest::default()
        }
    }

    const SMALLEST: &[(&str, &str)] = &[
        ("response_type", "code"),
        ("client_id", "s6BhdRkqt3"),
        ("redirect_uri", "https://app.example/cb?x=1"),
        ("scope", "openid profile"),
        ("state", "af0ifjsldkj"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];

    #[test]
    fn a1_a2_state_nonce_and_s256_are_always_sent_and_nothing_unasked() {
        assert_eq!(pairs_of(&smallest().form()), pairs(SMALLEST));
    }

    #[test]
    fn without_openid_connect_there_is_no_nonce_and_perhaps_no_scope() {
        let request = AuthorizationRequest { nonce: None, scope: "", ..smallest() };
        let sent = pairs_of(&request.form());
        assert_eq!(sent, pairs(&[&SMALLEST[..3], &SMALLEST[4..5], &SMALLEST[6..]].concat()));
    }

    #[test]
    fn every_option_is_sent_once_and_each_resource() {
        let written =
            r#"[ {"type":"account","amount":0.00012,"limit":1e16,"id":12345678901234567890,"note":"\ud800"} ]"#;
        let details = JsonText::written(written.to_owned());
        let resources = ["https://api.example/a".to_owned(), "https://api.example/b".to_owned()];
        let request = AuthorizationRequest {
            resources: &resources,
            prompt: Some("login consent"),
            login_hint: Some("ada+1@example.org"),
            max_age_seconds: Some(0),
            acr_values: Some("loa2 loa3"),
            ui_locales: Some("de fr"),
            authorization_details: Some(&details),
            ..smallest()
        };
        let options = [
            ("prompt", "login consent"),
            ("login_hint", "ada+1@example.org"),
            ("max_age", "0"),
            ("acr_values", "loa2 loa3"),
            ("ui_locales", "de fr"),
            ("authorization_details", written),
            ("resource", "https://api.example/a"),
            ("resource", "https://api.example/b"),
        ];
        assert_eq!(pairs_of(&request.form()), pairs(&[SMALLEST, &options].concat()));
    }

    #[test]
    fn a10_an_apps_own_parameters_replace_none_of_the_protocols() {
        let extra = pairs(&[
            ("state", "evil"),
            ("code_challenge_method", "plain"),
            ("response_type", "token"),
            ("response_mode", "fragment"),
            ("request_uri", "https://evil.example"),
            ("client_secret", "no"),
            ("prompt", "none"),
            ("access_type", "offline"),
        ]);
        let request = AuthorizationRequest { prompt: Some("login"), extra: &extra, ..smallest() };
        let added = [("prompt", "login"), ("access_type", "offline")];
        assert_eq!(pairs_of(&request.form()), pairs(&[SMALLEST, &added].concat()));
        assert!(extra[..6].iter().all(|(name, _)| is_reserved(name)));
        assert!(!is_reserved("prompt") && !is_reserved("access_type") && !is_reserved("claims"));
    }

    #[test]
    fn b1_the_endpoints_own_query_is_kept() {
        let url = smallest().url("https://idp.example/auth?tenant=a%20b");
        let (endpoint, query) = url.split_once('?').unwrap();
        assert_eq!(endpoint, "https://idp.example/auth");
        assert!(query.starts_with("tenant=a%20b&response_type=code&"));
        assert_eq!(pairs_of(query), pairs(&[&[("tenant", "a b")], SMALLEST].concat()));
    }

    #[test]
    fn a2_random_values_are_43_characters_of_base64url() {
        assert_eq!(random_value([0; 32]), "A".repeat(43));
        assert_eq!(random_value([255; 32]), ["_".repeat(42), "8".to_owned()].concat());
    }

    #[test]
    fn oidc_core_section_5_5_1_what_makes_acr_essential() {
        let essential = |claims: &str| essential_acr(&json(claims));
        let listed = r#"{"id_token":{"acr":{"essential":true,"values":["a","b"]}}}"#;
        assert_eq!(essential(listed), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(essential(r#"{"id_token":{"acr":{"essential":true,"value":"a"}}}"#), Some(vec!["a".to_owned()]));
        assert_eq!(essential(r#"{"id_token":{"acr":{"essential":true}}}"#), Some(Vec::new()));
        for voluntary in [
            r#"{"id_token":{"acr":{"essential":false,"values":["a"]}}}"#,
            r#"{"id_token":{"acr":{"essential":"true","values":["a"]}}}"#,
            r#"{"id_token":{"acr":{"values":["a"]}}}"#,
            r#"{"id_token":{"acr":null}}"#,
            r#"{"userinfo":{"acr":{"essential":true}}}"#,
            r#"[]"#,
        ] {
            assert_eq!(essential(voluntary), None, "{voluntary}");
        }
    }
}
