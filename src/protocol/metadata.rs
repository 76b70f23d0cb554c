//! Provider metadata: where it is found and what of it is believed (OpenID Connect Discovery, RFC 8414).

use super::error::{Error, ErrorCode};
use super::http::Response;
use super::jose::Algorithm;
use super::json::{Json, Parser};
use super::{decimal, url};
use crate::prelude::*;

/// Where an issuer's metadata may be, in the order to try: OpenID Connect Discovery section 4.1, then RFC 8414
/// section 3.1 with the well-known segment before the issuer's path, and with the name of the former there (section 5).
pub fn discovery_urls(issuer: &str) -> Vec<String> {
    const OPENID: &str = "/.well-known/openid-configuration";
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let mut urls = vec![[base, OPENID].concat()];
    if let Some(parts) = url::split(base) {
        urls.push([parts.origin, "/.well-known/oauth-authorization-server", parts.path].concat());
        if !parts.path.is_empty() {
            urls.push([parts.origin, OPENID, parts.path].concat());
        }
    }
    urls
}

/// What a provider says about itself, checked. An endpoint that it does not name is never called.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMetadata {
    /// `id_token_signing_alg_values_supported`, as far as they are known here; `None` if the provider does not say.
    pub id_token_algorithms: Option<Vec<Algorithm>>,
    /// Every member, as it was given; but not the [unusable] ones, which count as not named.
    pub raw: Json,
    /// Those: to be logged, as somebody meant something with them.
    pub ignored: Vec<&'static str>,
}

const ISS_PARAMETER: &str = "authorization_response_iss_parameter_supported";
const PUSHED_ONLY: &str = "require_pushed_authorization_requests";
const CHALLENGE_METHODS: &str = "code_challenge_methods_supported";
const ID_TOKEN_ALGORITHMS: &str = "id_token_signing_alg_values_supported";
const USERINFO_ALGORITHMS: &str = "userinfo_signing_alg_values_supported";
const PROOF_ALGORITHMS: &str = "dpop_signing_alg_values_supported";

/// What can be used, member by member; first those that must be there.
type Kind = fn(&Json) -> bool;
const MEMBERS: &[(&str, Kind)] = &[
    ("authorization_endpoint", is_endpoint),
    ("token_endpoint", is_endpoint),
    ("jwks_uri", is_endpoint),
    ("userinfo_endpoint", is_endpoint),
    ("end_session_endpoint", is_endpoint),
    ("revocation_endpoint", is_endpoint),
    ("pushed_authorization_request_endpoint", is_endpoint),
    (ISS_PARAMETER, is_flag),
    (PUSHED_ONLY, is_flag),
    (CHALLENGE_METHODS, is_list),
    (ID_TOKEN_ALGORITHMS, is_list_of_texts),
    (USERINFO_ALGORITHMS, is_list_of_texts),
    (PROOF_ALGORITHMS, is_list_of_texts),
];
const NEEDED: usize = 2;

/// The optional members that are there and cannot be used: endpoints that are empty, not https or no URL, and what is of
/// a wrong type. Null is not there.
pub fn unusable(json: &Json) -> Vec<&'static str> {
    let mut unusable = Vec::new();
    for (member, is_usable) in MEMBERS.iter().skip(NEEDED) {
        if json.given(member).is_some_and(|value| !is_usable(value)) {
            unusable.push(*member);
        }
    }
    unusable
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
        let named = json.given("issuer");
        let issuer = named.map_or(expected_issuer, Json::as_str).ok_or_else(|| invalid("issuer", "is missing"))?;
        if expected_issuer.is_some_and(|expected| expected != issuer) {
            return Err(invalid("issuer", "is not the configured issuer (a final slash counts)"));
        }
        if url::issuer(issuer).is_none() {
            return Err(invalid("issuer", "is not a plain https URL (or http on loopback)"));
        }
        for (member, is_usable) in MEMBERS.iter().take(NEEDED) {
            match json.given(member) {
                None => return Err(invalid(member, "is missing")),
                Some(value) if !is_usable(value) => {
                    return Err(invalid(member, "is not a plain https URL (or http on loopback)"));
                }
                _ => {}
            }
        }
        let ignored = unusable(json);
        let mut usable = json.clone();
        if let Json::Object(members) = &mut usable {
            members.retain(|(name, _)| !ignored.contains(&name.as_str()));
            // Whatever it is, it was meant as a promise: who takes it for none accepts responses of anybody.
            if ignored.contains(&ISS_PARAMETER) {
                members.push((ISS_PARAMETER.to_owned(), Json::Bool(true)));
            }
        }
        // S256 is sent in any case; a provider that lists its methods must list it (RFC 8414 section 2).
        if names(&usable, CHALLENGE_METHODS).is_some_and(|methods| !methods.contains(&"S256")) {
            return Err(invalid(CHALLENGE_METHODS, "does not list S256"));
        }
        Ok(ServerMetadata {
            id_token_algorithms: algorithms(&usable, ID_TOKEN_ALGORITHMS),
            raw: merge(usable, Some(&Json::Object(vec![("issuer".into(), Json::from(issuer))]))),
            ignored,
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
    pub fn userinfo_algorithms(&self) -> Option<Vec<Algorithm>> {
        algorithms(&self.raw, USERINFO_ALGORITHMS)
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
        self.raw.get(PUSHED_ONLY) == Some(&Json::Bool(true))
    }

    /// Whether `dpop_signing_alg_values_supported` lists ES256 (RFC 9449 section 5.1); `None` if it is not there.
    pub fn supports_dpop(&self) -> Option<bool> {
        names(&self.raw, PROOF_ALGORITHMS).map(|listed| listed.contains(&"ES256"))
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

fn algorithms(json: &Json, member: &str) -> Option<Vec<Algorithm>> {
    names(json, member).map(|names| names.into_iter().filter_map(Algorithm::from_name).collect())
}

/// The texts in a list.
fn names<'a>(json: &'a Json, member: &str) -> Option<Vec<&'a str>> {
    json.given(member)?.elements().map(|elements| elements.iter().filter_map(Json::as_str).collect())
}

fn is_endpoint(value: &Json) -> bool {
    value.as_str().and_then(url::endpoint).is_some()
}

fn is_flag(value: &Json) -> bool {
    value.as_bool().is_some()
}

fn is_list(value: &Json) -> bool {
    value.elements().is_some()
}

/// An empty one, or one with texts in it: members of other kinds are none that this client looks for.
fn is_list_of_texts(value: &Json) -> bool {
    let is_text = |element: &Json| element.as_str().is_some();
    value.elements().is_some_and(|many| many.is_empty() || many.iter().any(is_text))
}

fn invalid(member: &'static str, what: &'static str) -> Error {
    Error::new(ErrorCode::InvalidMetadata, ["the provider's metadata: `", member, "` ", what].concat())
}

#[cfg(test)]
mod tests;
