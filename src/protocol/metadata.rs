//! Provider metadata: where it is found and what of it is believed (OpenID Connect Discovery, RFC 8414).

use super::error::{Error, ErrorCode};
use super::http::Response;
use super::jose::Algorithm;
use super::json::{Json, Parser};
use super::{decimal, url};

/// Where an issuer's metadata may be, in the order to try: OpenID Connect Discovery section 4.1, then RFC 8414
/// section 3.1 with the well-known segment before the issuer's path.
pub fn discovery_urls(issuer: &str) -> Vec<String> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let mut urls = vec![[base, "/.well-known/openid-configuration"].concat()];
    if let Some(parts) = url::split(base) {
        urls.push([parts.origin, "/.well-known/oauth-authorization-server", parts.path].concat());
    }
    urls
}

/// What a provider says about itself, checked. An endpoint that it does not name is never called.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMetadata {
    /// `id_token_signing_alg_values_supported`, as far as they are known here; `None` if the provider does not say.
    pub id_token_algorithms: Option<Vec<Algorithm>>,
    /// Every member, as it was given.
    pub raw: Json,
}

/// The members whose type is checked, whether they are used or not.
const ENDPOINTS: &[&str] = &[
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "revocation_endpoint",
    "pushed_authorization_request_endpoint",
];
const NEEDED_ENDPOINTS: usize = 2;
const ISS_PARAMETER: &str = "authorization_response_iss_parameter_supported";
const CHALLENGE_METHODS: &str = "code_challenge_methods_supported";

impl ServerMetadata {
    /// Processes a discovery response (RFC 8414 section 3.3). Members of `overrides` win over the discovered ones.
    pub fn process(
        response: &Response,
        expected_issuer: &str,
        overrides: Option<&Json>,
        parse: Parser,
    ) -> Result<Self, Error> {
        let merged = merge(document(response, parse)?, overrides);
        if merged.given("issuer").is_none() {
            return Err(invalid("issuer", "is missing"));
        }
        Self::from_json(&merged, Some(expected_issuer))
    }

    /// Checks metadata that was cached or configured. If it names no issuer, the expected one is meant.
    pub fn from_json(json: &Json, expected_issuer: Option<&str>) -> Result<Self, Error> {
        let named = json.given("issuer");
        let issuer = named.map_or(expected_issuer, Json::as_str).ok_or_else(|| invalid("issuer", "is missing"))?;
        if expected_issuer.is_some_and(|expected| expected != issuer) {
            return Err(invalid("issuer", "is not the configured issuer (a final slash counts)"));
        }
        if url::issuer(issuer).is_none() {
            return Err(invalid("issuer", "is not a plain https URL (or http on loopback)"));
        }
        for (index, member) in ENDPOINTS.iter().enumerate() {
            match json.given(member) {
                None if index < NEEDED_ENDPOINTS => return Err(invalid(member, "is missing")),
                Some(value) if value.as_str().and_then(url::endpoint).is_none() => {
                    return Err(invalid(member, "is not a plain https URL (or http on loopback)"));
                }
                _ => {}
            }
        }
        if json.given(ISS_PARAMETER).is_some_and(|flag| flag.as_bool().is_none()) {
            return Err(invalid(ISS_PARAMETER, "is not true or false"));
        }
        // S256 is sent in any case; a provider that lists its methods must list it (RFC 8414 section 2).
        if names(json, CHALLENGE_METHODS)?.is_some_and(|methods| !methods.contains(&"S256")) {
            return Err(invalid(CHALLENGE_METHODS, "does not list S256"));
        }
        Ok(ServerMetadata {
            id_token_algorithms: algorithms(json, "id_token_signing_alg_values_supported")?,
            raw: merge(json.clone(), Some(&Json::Object(vec![("issuer".into(), Json::from(issuer))]))),
        })
    }

    /// `issuer`, to the letter.
    pub fn issuer(&self) -> &str {
        self.raw.text("issuer")
    }

    /// `authorization_endpoint`
    pub fn authorization_endpoint(&self) -> &str {
        self.raw.text("authorization_endpoint")
    }

    /// `token_endpoint`
    pub fn token_endpoint(&self) -> &str {
        self.raw.text("token_endpoint")
    }

    /// `jwks_uri`
    pub fn jwks_uri(&self) -> Option<&str> {
        self.raw.str("jwks_uri")
    }

    /// `userinfo_endpoint`
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.raw.str("userinfo_endpoint")
    }

    /// `userinfo_signing_alg_values_supported`, as far as they are known here; `None` if the provider does not say.
    pub fn userinfo_algorithms(&self) -> Result<Option<Vec<Algorithm>>, Error> {
        algorithms(&self.raw, "userinfo_signing_alg_values_supported")
    }

    /// `end_session_endpoint` (OpenID Connect RP-Initiated Logout section 2.1).
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.raw.str("end_session_endpoint")
    }

    /// `revocation_endpoint` (RFC 7009).
    pub fn revocation_endpoint(&self) -> Option<&str> {
        self.raw.str("revocation_endpoint")
    }

    /// `pushed_authorization_request_endpoint` (RFC 9126).
    pub fn pushed_authorization_request_endpoint(&self) -> Option<&str> {
        self.raw.str("pushed_authorization_request_endpoint")
    }

    /// `require_pushed_authorization_requests` (RFC 9126 section 5).
    pub fn requires_pushed_requests(&self) -> bool {
        self.raw.get("require_pushed_authorization_requests") == Some(&Json::Bool(true))
    }

    /// Whether `dpop_signing_alg_values_supported` lists ES256 (RFC 9449 section 5.1); `None` if it is not there.
    pub fn supports_dpop(&self) -> Option<bool> {
        let listed = self.raw.given("dpop_signing_alg_values_supported")?.elements()?;
        Some(listed.iter().any(|name| name.as_str() == Some("ES256")))
    }

    /// `authorization_response_iss_parameter_supported`: every authorization response names its issuer (RFC 9207).
    pub fn iss_parameter_supported(&self) -> bool {
        self.raw.get(ISS_PARAMETER) == Some(&Json::Bool(true))
    }

    /// Everything, for the cache; [`from_json`](Self::from_json) reads it back.
    pub fn to_json(&self) -> Json {
        self.raw.clone()
    }
}

/// The object of a JSON document that was fetched: metadata or a key set.
pub(super) fn document(response: &Response, parse: Parser) -> Result<Json, Error> {
    let message = if response.status == 200 {
        match parse(&response.body) {
            Some(json) if json.members().is_some() => return Ok(json),
            _ => "the provider's answer is not a JSON object".to_owned(),
        }
    } else {
        ["the provider answered with status ", &decimal::text(response.status.into())].concat()
    };
    Err(Error::new(ErrorCode::DiscoveryFailed, message))
}

/// Members of `overrides` replace those of `json`. A null member means the same as an absent one, on both sides.
pub fn merge(json: Json, overrides: Option<&Json>) -> Json {
    let Json::Object(members) = &json else { return json };
    let replaces = |name: &str| overrides.is_some_and(|overrides| overrides.given(name).is_some());
    let mut merged = Vec::new();
    for (name, value) in members {
        if *value != Json::Null && !replaces(name) {
            merged.push((name.clone(), value.clone()));
        }
    }
    for (name, value) in overrides.and_then(Json::members).unwrap_or_default() {
        if *value != Json::Null {
            merged.push((name.clone(), value.clone()));
        }
    }
    Json::Object(merged)
}

fn algorithms(json: &Json, member: &'static str) -> Result<Option<Vec<Algorithm>>, Error> {
    let Some(names) = names(json, member)? else { return Ok(None) };
    Ok(Some(names.into_iter().filter_map(Algorithm::from_name).collect()))
}

fn names<'a>(json: &'a Json, member: &'static str) -> Result<Option<Vec<&'a str>>, Error> {
    let mut names = Vec::new();
    let Some(value) = json.given(member) else { return Ok(None) };
    for element in value.elements().unwrap_or(&[Json::Null]) {
        let Some(name) = element.as_str() else { return Err(invalid(member, "is not an array of strings")) };
        names.push(name);
    }
    Ok(Some(names))
}

fn invalid(member: &'static str, what: &'static str) -> Error {
    Error::new(ErrorCode::InvalidMetadata, ["the provider's metadata: `", member, "` ", what].concat())
}

#[cfg(test)]
mod tests;
