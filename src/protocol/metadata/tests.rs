use super::*;
use crate::protocol::testing::{json, parse, response};

const ISSUER: &str = "https://idp.example/realms/a";
const SPARSE: &str = r#"{"issuer":"https://idp.example/realms/a","authorization_endpoint":"https://idp.example/auth","token_endpoint":"https://idp.example/token"}"#;

/// The sparse metadata with these members more, or in place of its own.
fn with(members: &str) -> Json {
    merge(json(SPARSE), Some(&json(&["{", members, "}"].concat())))
}

fn process(document: &Json, overrides: Option<&str>) -> Result<ServerMetadata, Error> {
    let overrides = overrides.map(json);
    ServerMetadata::process(&response(200, &document.to_text()), ISSUER, overrides.as_ref(), parse)
}

fn assert_invalid(document: &Json, member: &str) {
    let error = process(document, None).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidMetadata, "{member}");
    assert!(error.message.contains(&["`", member, "`"].concat()), "{member}: {}", error.message);
}

#[test]
fn oidc_discovery_section_4_1_and_rfc_8414_section_3_1_where_metadata_is() {
    for (issuer, oidc, oauth) in [
        (
            "https://example.com",
            "https://example.com/.well-known/openid-configuration",
            "https://example.com/.well-known/oauth-authorization-server",
        ),
        (
            "https://example.com/",
            "https://example.com/.well-known/openid-configuration",
            "https://example.com/.well-known/oauth-authorization-server",
        ),
        (
            "https://example.com/issuer1",
            "https://example.com/issuer1/.well-known/openid-configuration",
            "https://example.com/.well-known/oauth-authorization-server/issuer1",
        ),
        (
            "http://localhost:4400/realms/a/",
            "http://localhost:4400/realms/a/.well-known/openid-configuration",
            "http://localhost:4400/.well-known/oauth-authorization-server/realms/a",
        ),
    ] {
        assert_eq!(discovery_urls(issuer), [oidc, oauth]);
    }
}

#[test]
fn b4_sparse_metadata_is_enough() {
    let metadata = process(&json(SPARSE), None).unwrap();
    assert_eq!(metadata.issuer(), ISSUER);
    assert_eq!(metadata.authorization_endpoint(), "https://idp.example/auth");
    assert_eq!(metadata.token_endpoint(), "https://idp.example/token");
    let optional = [
        metadata.jwks_uri(),
        metadata.userinfo_endpoint(),
        metadata.end_session_endpoint(),
        metadata.revocation_endpoint(),
        metadata.pushed_authorization_request_endpoint(),
    ];
    assert!(optional.iter().all(|endpoint| endpoint.is_none()));
    assert!(!metadata.iss_parameter_supported());
    assert_eq!(metadata.id_token_algorithms, None);
}

#[test]
fn every_member_is_read_where_it_belongs() {
    let full = with(
        r#""jwks_uri":"https://idp.example/jwks?v=1","userinfo_endpoint":"https://idp.example/me",
           "end_session_endpoint":"https://idp.example/end","revocation_endpoint":"https://idp.example/revoke",
           "pushed_authorization_request_endpoint":"https://idp.example/par",
           "authorization_response_iss_parameter_supported":true,
           "id_token_signing_alg_values_supported":["none","HS256","RS512","EdDSA"],
           "code_challenge_methods_supported":["plain","S256"],"own":{"__proto__":[1]}"#,
    );
    let metadata = process(&full, None).unwrap();
    assert_eq!(metadata.jwks_uri(), Some("https://idp.example/jwks?v=1"));
    assert_eq!(metadata.userinfo_endpoint(), Some("https://idp.example/me"));
    assert_eq!(metadata.end_session_endpoint(), Some("https://idp.example/end"));
    assert_eq!(metadata.revocation_endpoint(), Some("https://idp.example/revoke"));
    assert_eq!(metadata.pushed_authorization_request_endpoint(), Some("https://idp.example/par"));
    assert!(metadata.iss_parameter_supported());
    assert_eq!(metadata.id_token_algorithms, Some(vec![Algorithm::Rs512, Algorithm::EdDsa]));
    assert_eq!(metadata.raw.get("own"), Some(&json(r#"{"__proto__":[1]}"#)));
    let cached = json(&metadata.to_json().to_text());
    assert_eq!(ServerMetadata::from_json(&cached, Some(ISSUER)), Ok(metadata));
}

#[test]
fn what_the_provider_supports_or_demands() {
    type Facts = (bool, Option<bool>, Option<Vec<Algorithm>>);
    let facts = |members: &str| -> Facts {
        let metadata = process(&with(members), None).unwrap();
        (metadata.requires_pushed_requests(), metadata.supports_dpop(), metadata.userinfo_algorithms().unwrap())
    };
    assert_eq!(facts(""), (false, None, None), "what is not said is no demand, and unknown");
    assert!(facts(r#""require_pushed_authorization_requests":true"#).0);
    assert!(!facts(r#""require_pushed_authorization_requests":false"#).0);
    assert_eq!(facts(r#""dpop_signing_alg_values_supported":["RS256","ES256"]"#).1, Some(true));
    assert_eq!(facts(r#""dpop_signing_alg_values_supported":["RS256"]"#).1, Some(false), "proofs are made with ES256");
    let signed = r#""userinfo_signing_alg_values_supported":["none","HS256","ES384"]"#;
    assert_eq!(facts(signed).2, Some(vec![Algorithm::Es384]), "only what is verified here");
}

#[test]
fn b1_the_issuer_is_the_configured_one_to_the_letter() {
    for other in [
        "https://idp.example/realms/a/",
        "https://idp.example/realms/A",
        "https://idp.example:443/realms/a",
        "https://IDP.example/realms/a",
        "https://evil.example/realms/a",
        "",
    ] {
        assert_invalid(&with(&format!(r#""issuer":"{other}""#)), "issuer");
    }
    for wrong in ["1", "null", "{}", r#"["https://idp.example/realms/a"]"#] {
        assert_invalid(&json(&SPARSE.replace(r#""https://idp.example/realms/a""#, wrong)), "issuer");
    }
    assert_invalid(&json(&SPARSE.replace("issuer", "Issuer")), "issuer");
}

#[test]
fn b1_an_issuer_is_a_plain_https_url() {
    for issuer in
        ["http://idp.example", "https://idp.example?a", "https://idp.example#a", "https://u@idp.example", "idp", "{t}"]
    {
        let metadata = with(&format!(r#""issuer":"{issuer}""#));
        let error = ServerMetadata::from_json(&metadata, Some(issuer)).unwrap_err();
        assert!(error.message.contains("`issuer`"), "{issuer}");
        assert_eq!(ServerMetadata::from_json(&metadata, None), Err(error));
    }
}

#[test]
fn configured_metadata_may_leave_the_issuer_to_the_configuration() {
    let without = json(&SPARSE.replace("issuer", "own"));
    let metadata = ServerMetadata::from_json(&without, Some(ISSUER)).unwrap();
    assert_eq!(metadata.issuer(), ISSUER);
    assert_eq!(metadata.raw.str("issuer"), Some(ISSUER), "the cache knows whose metadata it is");
    assert_eq!(ServerMetadata::from_json(&json(SPARSE), None).unwrap().issuer(), ISSUER);
    let error = ServerMetadata::from_json(&without, None).unwrap_err();
    assert!(error.message.contains("`issuer`"));
}

#[test]
fn b1_every_endpoint_is_checked_and_named() {
    let endpoints = [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
        "pushed_authorization_request_endpoint",
    ];
    for member in endpoints {
        for value in [
            r#""javascript:alert(1)""#,
            r#""data:text/html,x""#,
            r#""http://idp.example/""#,
            r#""https://user@idp.example/""#,
            r#""https://idp.example/#x""#,
            r#""/relative""#,
            r#""""#,
            "1",
            "true",
            r#"["https://idp.example/"]"#,
        ] {
            assert_invalid(&with(&format!(r#""{member}":{value}"#)), member);
        }
    }
}

#[test]
fn null_means_absent_and_two_endpoints_must_be_there() {
    for member in ["authorization_endpoint", "token_endpoint"] {
        assert_invalid(&json(&SPARSE.replace(member, "own")), member);
    }
    let nulls = json(&SPARSE.replace("{", r#"{"jwks_uri":null,"code_challenge_methods_supported":null,"#));
    let metadata = process(&nulls, None).unwrap();
    assert_eq!((metadata.jwks_uri(), metadata.raw.get("jwks_uri")), (None, None));
}

#[test]
fn b4_a_list_of_challenge_methods_without_s256_is_invalid() {
    for methods in ["[]", r#"["plain"]"#, r#"["s256"]"#, r#"["S256 "]"#, r#""S256""#, r#"["S256",1]"#, "true"] {
        assert_invalid(
            &with(&format!(r#""code_challenge_methods_supported":{methods}"#)),
            "code_challenge_methods_supported",
        );
    }
    assert!(process(&with(r#""code_challenge_methods_supported":["S256"]"#), None).is_ok());
}

#[test]
fn types_are_checked_and_not_coerced() {
    assert_invalid(
        &with(r#""authorization_response_iss_parameter_supported":"true""#),
        "authorization_response_iss_parameter_supported",
    );
    assert_invalid(
        &with(r#""id_token_signing_alg_values_supported":"RS256""#),
        "id_token_signing_alg_values_supported",
    );
    let none = process(&with(r#""id_token_signing_alg_values_supported":["HS256"]"#), None).unwrap();
    assert_eq!(none.id_token_algorithms, Some(Vec::new()), "nothing that is accepted here");
}

#[test]
fn configured_members_win_over_discovered_ones() {
    let overrides = r#"{"token_endpoint":"https://proxy.example/token","userinfo_endpoint":null,"jwks_uri":"https://idp.example/k"}"#;
    let discovered = with(r#""userinfo_endpoint":"https://idp.example/me","jwks_uri":"javascript:x""#);
    let metadata = process(&discovered, Some(overrides)).unwrap();
    assert_eq!(metadata.token_endpoint(), "https://proxy.example/token");
    assert_eq!(metadata.authorization_endpoint(), "https://idp.example/auth");
    assert_eq!(metadata.userinfo_endpoint(), Some("https://idp.example/me"), "null sets nothing");
    assert_eq!(metadata.jwks_uri(), Some("https://idp.example/k"));
    let error = process(&json(SPARSE), Some(r#"{"token_endpoint":"http://proxy.example/"}"#)).unwrap_err();
    assert!(error.message.contains("`token_endpoint`"));
}

#[test]
fn b2_a_broken_answer_is_discovery_failed() {
    for (status, body) in [
        (404, SPARSE),
        (500, ""),
        (302, ""),
        (201, SPARSE),
        (200, ""),
        (200, "<!doctype html>"),
        (200, &SPARSE[..40]),
        (200, "null"),
        (200, "[]"),
        (200, r#""text""#),
    ] {
        let error = ServerMetadata::process(&response(status, body), ISSUER, None, parse).unwrap_err();
        assert_eq!(error.code, ErrorCode::DiscoveryFailed, "{status} {body}");
        assert_eq!(status != 200, error.message.contains(&status.to_string()));
    }
}

#[test]
fn what_is_not_an_object_is_merged_with_nothing() {
    assert_eq!(merge(Json::Null, Some(&json(r#"{"a":1}"#))), Json::Null);
    assert_eq!(merge(json(r#"{"a":1,"a2":null}"#), Some(&Json::Null)), json(r#"{"a":1}"#));
    assert!(ServerMetadata::from_json(&Json::Null, Some(ISSUER)).is_err());
}
