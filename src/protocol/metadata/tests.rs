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
    const OPENID: &str = "/.well-known/openid-configuration";
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    for (issuer, places) in [
        ("https://example.com", vec![["https://example.com", OPENID, ""], ["https://example.com", OAUTH, ""]]),
        ("https://example.com/", vec![["https://example.com", OPENID, ""], ["https://example.com", OAUTH, ""]]),
        (
            "https://example.com/issuer1",
            vec![
                ["https://example.com/issuer1", OPENID, ""],
                ["https://example.com", OAUTH, "/issuer1"],
                ["https://example.com", OPENID, "/issuer1"],
            ],
        ),
        (
            "http://localhost:4400/realms/a/",
            vec![
                ["http://localhost:4400/realms/a", OPENID, ""],
                ["http://localhost:4400", OAUTH, "/realms/a"],
                ["http://localhost:4400", OPENID, "/realms/a"],
            ],
        ),
    ] {
        let places: Vec<String> = places.into_iter().map(|parts| parts.concat()).collect();
        assert_eq!(discovery_urls(issuer), places);
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
        (metadata.requires_pushed_requests(), metadata.supports_dpop(), metadata.userinfo_algorithms())
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

/// What is no endpoint, whoever names it.
const NOWHERE: [&str; 10] = [
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
];

#[test]
fn b1_the_two_needed_endpoints_are_checked_and_named() {
    for member in ["authorization_endpoint", "token_endpoint"] {
        for value in NOWHERE {
            assert_invalid(&with(&format!(r#""{member}":{value}"#)), member);
        }
    }
}

#[test]
fn b1_an_optional_member_that_cannot_be_used_counts_as_not_named() {
    let endpoints = [
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
        "pushed_authorization_request_endpoint",
    ];
    for member in endpoints {
        for value in NOWHERE {
            let metadata = process(&with(&format!(r#""{member}":{value}"#)), None).unwrap();
            assert_eq!((metadata.raw.get(member), &*metadata.ignored), (None, [member].as_slice()), "{value}");
            let read_back = ServerMetadata::from_json(&metadata.to_json(), Some(ISSUER)).unwrap();
            assert_eq!((&read_back.raw, read_back.ignored.len()), (&metadata.raw, 0), "it is said once");
        }
    }
    let lists = ["userinfo_signing_alg_values_supported", "dpop_signing_alg_values_supported"];
    for (member, value) in lists.map(|list| (list, r#""ES256""#)).into_iter().chain([
        ("require_pushed_authorization_requests", r#""true""#),
        ("id_token_signing_alg_values_supported", r#""RS256""#),
        ("id_token_signing_alg_values_supported", "[1,null]"),
        ("code_challenge_methods_supported", r#""plain""#),
    ]) {
        let metadata = process(&with(&format!(r#""{member}":{value}"#)), None).unwrap();
        assert_eq!((metadata.raw.get(member), &*metadata.ignored), (None, [member].as_slice()), "{value}");
        assert_eq!((metadata.id_token_algorithms, metadata.raw.get("issuer")), (None, Some(&Json::from(ISSUER))));
    }
    let several = with(r#""revocation_endpoint":"","jwks_uri":"https://idp.example/jwks","userinfo_endpoint":{}"#);
    let metadata = process(&several, None).unwrap();
    assert_eq!(metadata.ignored, ["userinfo_endpoint", "revocation_endpoint"]);
    assert_eq!(metadata.jwks_uri(), Some("https://idp.example/jwks"));
}

#[test]
fn a5_a_promise_of_the_issuer_in_responses_is_one_whatever_its_type() {
    let member = "authorization_response_iss_parameter_supported";
    for value in [r#""true""#, "1", "[]", r#""""#] {
        let metadata = process(&with(&format!(r#""{member}":{value}"#)), None).unwrap();
        assert_eq!((metadata.iss_parameter_supported(), &*metadata.ignored), (true, [member].as_slice()), "{value}");
        let read_back = ServerMetadata::from_json(&metadata.to_json(), Some(ISSUER)).unwrap();
        assert!(read_back.iss_parameter_supported());
    }
    for value in ["false", "null"] {
        let metadata = process(&with(&format!(r#""{member}":{value}"#)), None).unwrap();
        assert_eq!((metadata.iss_parameter_supported(), metadata.ignored.len()), (false, 0), "{value}");
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
    for methods in ["[]", r#"["plain"]"#, r#"["s256"]"#, r#"["S256 "]"#, "[256]", "[null]"] {
        assert_invalid(
            &with(&format!(r#""code_challenge_methods_supported":{methods}"#)),
            "code_challenge_methods_supported",
        );
    }
    for methods in [r#"["S256"]"#, r#"["S256",1]"#] {
        assert!(process(&with(&format!(r#""code_challenge_methods_supported":{methods}"#)), None).is_ok());
    }
}

#[test]
fn d2_a_list_of_algorithms_is_what_is_listed_and_known() {
    let listed = |list: &str| {
        let metadata = process(&with(&format!(r#""id_token_signing_alg_values_supported":{list}"#)), None).unwrap();
        (metadata.id_token_algorithms, metadata.ignored.len())
    };
    assert_eq!(listed(r#"["RS256",1]"#), (Some(vec![Algorithm::Rs256]), 0), "no wider for what else is in it");
    assert_eq!(listed("[]"), (Some(Vec::new()), 0));
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
