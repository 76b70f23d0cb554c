//! Provider metadata: where it is found and what of it is believed (OpenID Connect Discovery, RFC 8414).

use super::error::{Error, ErrorCode};
use super::http::Response;
use super::jose::Algorithm;
use super::json::{Json, Parser};
use super::url;

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
    /// `issuer`, to the letter.
    pub issuer: String,
    /// `authorization_endpoint`
    pub authorization_endpoint: String,
    /// `token_endpoint`
    pub token_endpoint: String,
    /// `jwks_uri`
    pub jwks_uri: Option<String>,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<String>,
    /// `end_session_endpoint` (OpenID Connect RP-Initiated Logout section 2.1).
    pub end_session_endpoint: Option<String>,
    /// `revocation_endpoint` (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// `pushed_authorization_request_endpoint` (RFC 9126).
    pub pushed_authorization_request_endpoint: Option<String>,
    /// `authorization_response_iss_parameter_supported`: every authorization response names its issuer (RFC 9207).
    pub iss_parameter_supported: bool,
    /// `id_token_signing_alg_values_supported`, as far as they are known here; `None` if the provider does not say.
    pub id_token_algorithms: Option<Vec<Algorithm>>,
    /// Every member, as it was given.
    pub raw: Json,
}

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
        let issuer = match json.given("issuer") {
            Some(value) => value.as_str().ok_or_else(|| invalid("issuer", "is not a string"))?,
            None => expected_issuer.ok_or_else(|| invalid("issuer", "is missing"))?,
        };
        if expected_issuer.is_some_and(|expected| expected != issuer) {
            return Err(invalid("issuer", "is not the configured issuer, to the letter (a final slash counts)"));
        }
        if url::issuer(issuer).is_none() {
            return Err(invalid("issuer", "is not an https URL (or http on loopback) without query and fragment"));
        }
        check_challenge_methods(json)?;
        Ok(ServerMetadata {
            issuer: issuer.to_owned(),
            authorization_endpoint: required_endpoint(json, "authorization_endpoint")?,
            token_endpoint: required_endpoint(json, "token_endpoint")?,
            jwks_uri: endpoint(json, "jwks_uri")?,
            userinfo_endpoint: endpoint(json, "userinfo_endpoint")?,
            end_session_endpoint: endpoint(json, "end_session_endpoint")?,
            revocation_endpoint: endpoint(json, "revocation_endpoint")?,
            pushed_authorization_request_endpoint: endpoint(json, "pushed_authorization_request_endpoint")?,
            iss_parameter_supported: flag(json, "authorization_response_iss_parameter_supported")?,
            id_token_algorithms: names(json, "id_token_signing_alg_values_supported")?
                .map(|names| names.into_iter().filter_map(Algorithm::from_name).collect()),
            raw: merge(json.clone(), Some(&Json::Object(vec![("issuer".into(), Json::from(issuer))]))),
        })
    }

    /// Everything, for the cache; [`from_json`](Self::from_json) reads it back.
    pub fn to_json(&self) -> Json {
        self.raw.clone()
    }
}

/// The object of a JSON document that was fetched: metadata or a key set.
pub(super) fn document(response: &Response, parse: Parser) -> Result<Json, Error> {
    if response.status != 200 {
        let status = response.status.to_string();
        return Err(Error::new(ErrorCode::DiscoveryFailed, ["the provider answered with status ", &status].concat()));
    }
    parse(&response.body)
        .filter(|json| json.members().is_some())
        .ok_or_else(|| Error::new(ErrorCode::DiscoveryFailed, "the provider's answer is not a JSON object"))
}

/// Members of `overrides` replace those of `json`. A null member means the same as an absent one, on both sides.
pub fn merge(json: Json, overrides: Option<&Json>) -> Json {
    let Json::Object(mut members) = json else { return json };
    members.retain(|(_, value)| *value != Json::Null);
    for (name, value) in overrides.and_then(Json::members).unwrap_or_default() {
        if *value != Json::Null {
            members.retain(|(present, _)| present != name);
            members.push((name.clone(), value.clone()));
        }
    }
    Json::Object(members)
}

/// S256 is sent in any case; a provider that lists its methods must list it (RFC 8414 section 2).
fn check_challenge_methods(json: &Json) -> Result<(), Error> {
    const MEMBER: &str = "code_challenge_methods_supported";
    match names(json, MEMBER)? {
        Some(methods) if !methods.contains(&"S256") => Err(invalid(MEMBER, "does not list S256")),
        _ => Ok(()),
    }
}

fn required_endpoint(json: &Json, member: &'static str) -> Result<String, Error> {
    endpoint(json, member)?.ok_or_else(|| invalid(member, "is missing"))
}

fn endpoint(json: &Json, member: &'static str) -> Result<Option<String>, Error> {
    let Some(value) = json.given(member) else { return Ok(None) };
    match value.as_str().and_then(url::endpoint) {
        Some(endpoint) => Ok(Some(endpoint.to_owned())),
        None => Err(invalid(member, "is not an https URL (or http on loopback) without userinfo and fragment")),
    }
}

fn flag(json: &Json, member: &'static str) -> Result<bool, Error> {
    match json.given(member) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| invalid(member, "is not true or false")),
    }
}

fn names<'a>(json: &'a Json, member: &'static str) -> Result<Option<Vec<&'a str>>, Error> {
    let Some(value) = json.given(member) else { return Ok(None) };
    let names = value.elements().and_then(|elements| elements.iter().map(Json::as_str).collect());
    names.map(Some).ok_or_else(|| invalid(member, "is not an array of strings"))
}

fn invalid(member: &'static str, what: &'static str) -> Error {
    Error::new(ErrorCode::InvalidMetadata, ["the provider's metadata: `", member, "` ", what].concat())
}

#[cfg(test)]
mod tests;
