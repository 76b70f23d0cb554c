use super::*;
use crate::protocol::id_token::{Expectations, validate_userinfo};
use crate::protocol::jose::Algorithm;
use crate::protocol::testing::{json, parse, response, token};

const NOW: i64 = 1_800_000_000_000;
const HEADER: &str = r#"{"alg":"RS256"}"#;
const EXPECTED: Expectations = Expectations {
    issuer: "https://idp.example/",
    other_issuer: None,
    client_id: "app",
    other_audiences: false,
    nonce: None,
    max_age_seconds: None,
    acr_values: None,
    access_token: None,
    access_token_hash: None,
    algorithms: None,
    tolerance: 60_000,
};

fn typed(content_type: &str, body: &str) -> Response {
    Response { content_type: Some(content_type.to_owned()), ..response(200, body) }
}

fn refusal(response: &Response) -> Error {
    match process(response, parse) {
        Ok(UserInfo::Plain(claims)) => panic!("plain claims: {}", claims.to_text()),
        Ok(UserInfo::Signed(_)) => panic!("signed claims"),
        Err(error) => error,
    }
}

fn judge_signed(claims: &str) -> Result<(), Error> {
    let UserInfo::Signed(signed) = process(&typed("application/jwt", &token(HEADER, claims)), parse)? else {
        panic!("not signed: {claims}")
    };
    validate_userinfo(&signed, &EXPECTED, NOW).map(drop).map_err(of_userinfo)
}

#[test]
fn oidc_core_section_5_3_1_the_token_is_in_the_header_and_nowhere_else() {
    let authorization = [("Authorization", "Bearer SlAV32hkKG".to_owned())];
    let request = request("https://idp.example/me?tenant=a", &authorization);
    assert_eq!((request.url.as_str(), &request.form), ("https://idp.example/me?tenant=a", &None));
    assert_eq!(request.headers, authorization);
    assert!(!format!("{request:?}").contains("SlAV32hkKG"));
}

#[test]
fn oidc_core_section_5_3_2_claims_are_what_the_object_says() {
    let body = r#"{"sub":"248289761001","name":"Jane Doe","email_verified":true,"__proto__":{"sub":"x"},
        "_claim_names":{"address":"src1"},"_claim_sources":{"src1":{"endpoint":"https://evil.example/"}}}"#;
    for content_type in ["application/json", "application/json;charset=UTF-8", "text/html", ""] {
        let Ok(UserInfo::Plain(claims)) = process(&typed(content_type, body), parse) else { panic!("{content_type}") };
        assert_eq!(about(claims, "248289761001"), Ok(json(body)), "{content_type}");
    }
    assert!(matches!(process(&response(200, body), parse), Ok(UserInfo::Plain(_))));
}

#[test]
fn d5_claims_about_somebody_else_are_refused() {
    for claims in [
        r#"{"sub":"mallory"}"#,
        r#"{"sub":"Alice"}"#,
        r#"{"sub":"alice "}"#,
        r#"{"sub":""}"#,
        r#"{"sub":null}"#,
        r#"{"sub":["alice"]}"#,
        r#"{"name":"alice"}"#,
        "{}",
    ] {
        assert_eq!(about(json(claims), "alice").unwrap_err().code, ErrorCode::SubjectMismatch, "{claims}");
    }
    assert_eq!(about(json(r#"{"sub":"17"}"#), "17"), Ok(json(r#"{"sub":"17"}"#)));
    assert_eq!(about(json(r#"{"sub":17}"#), "17").unwrap_err().code, ErrorCode::SubjectMismatch, "nothing is coerced");
}

#[test]
fn d5_what_is_no_object_is_refused() {
    for body in ["", "<!doctype html>", "[]", "[{\"sub\":\"a\"}]", "\"alice\"", "null", "{\"sub\":\"a\"", "{}{}"] {
        let error = refusal(&typed("application/json", body));
        assert_eq!((error.code, error.retryable()), (ErrorCode::UserinfoFailed, false), "{body}");
    }
}

#[test]
fn d5_a_signed_response_is_read_by_its_type_or_by_its_look() {
    let signed = token(HEADER, r#"{"sub":"alice"}"#);
    for content_type in ["application/jwt", "Application/JWT", "application/jwt; charset=utf-8", "text/plain", ""] {
        assert!(matches!(process(&typed(content_type, &signed), parse), Ok(UserInfo::Signed(_))), "{content_type}");
    }
    // Announced as signed, and not: the claims of nobody.
    let error = refusal(&typed("application/jwt", r#"{"sub":"alice"}"#));
    assert_eq!(error.code, ErrorCode::UserinfoFailed);
    assert!(error.message.contains("three parts"), "{error}");
}

#[test]
fn d5_an_encrypted_response_is_refused_by_name() {
    for content_type in ["application/jwt", "application/json"] {
        let error =
            refusal(&typed(content_type, "eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.48V1_ALb6US0.5eym8TW_c8SuK.XFBoMY"));
        assert_eq!(error.code, ErrorCode::UserinfoFailed);
        assert!(error.message.contains("encrypted"), "{error}");
    }
}

#[test]
fn d5_a_signed_response_is_for_this_client_from_this_provider() {
    let good = r#""iss":"https://idp.example/","aud":"app","sub":"alice""#;
    assert_eq!(judge_signed(&["{", good, "}"].concat()), Ok(()));
    assert_eq!(judge_signed(&["{", good, r#","exp":1800000001,"iat":1799999999.5,"nbf":1}"#].concat()), Ok(()));
    for (claims, what) in [
        (r#"{"aud":"app","sub":"alice"}"#.to_owned(), "`iss` is missing"),
        (r#"{"iss":"https://idp.example","aud":"app","sub":"alice"}"#.to_owned(), "`iss` is another"),
        (r#"{"iss":["https://idp.example/"],"aud":"app","sub":"alice"}"#.to_owned(), "`iss` is not of its type"),
        (r#"{"iss":"https://idp.example/","sub":"alice"}"#.to_owned(), "`aud` is missing"),
        (r#"{"iss":"https://idp.example/","aud":"another","sub":"alice"}"#.to_owned(), "`aud` is not this client"),
        (r#"{"iss":"https://idp.example/","aud":["app","b"],"sub":"alice"}"#.to_owned(), "`aud` is not this client"),
        (r#"{"iss":"https://idp.example/","aud":"app"}"#.to_owned(), "`sub` is missing"),
        (["{", good, r#","exp":1799999939}"#].concat(), "`exp` is over"),
        (["{", good, r#","exp":"1800000300"}"#].concat(), "`exp` is not of its type"),
        (["{", good, r#","iat":1800000061}"#].concat(), "`iat` is in the future"),
        (["{", good, r#","nbf":1800000061}"#].concat(), "`nbf` is in the future"),
        (["{", good, r#","azp":"another"}"#].concat(), "`azp` is another"),
    ] {
        let error = judge_signed(&claims).unwrap_err();
        assert_eq!(error.code, ErrorCode::UserinfoFailed, "{claims}");
        assert!(error.message.starts_with("the signed UserInfo response is refused: `"), "{claims}: {error}");
        assert!(error.message.contains(what), "{claims}: {error}");
    }
    let listed = Expectations { algorithms: Some(&[Algorithm::Es256]), ..EXPECTED };
    let signed = Compact::decode(&token(HEADER, &["{", good, "}"].concat()), parse).unwrap();
    assert!(validate_userinfo(&signed, &listed, NOW).unwrap_err().message.contains("alg"));
}

#[test]
fn c4_what_the_provider_says_of_a_refusal_is_kept() {
    let body = r#"{"error":"insufficient_scope","error_description":"needs profile"}"#;
    let error = refusal(&response(403, body));
    assert_eq!((error.code, error.retryable()), (ErrorCode::UserinfoFailed, false));
    assert_eq!(
        error.oauth.as_deref(),
        Some(&OAuthError::inert("insufficient_scope", Some("needs profile"), None, Some(403)))
    );
    for status in [201, 204, 302, 400, 401, 403, 404, 410] {
        let error = refusal(&response(status, "<h1>No</h1>"));
        assert_eq!((error.code, error.oauth.as_ref()), (ErrorCode::UserinfoFailed, None), "{status}");
        assert!(error.message.contains(&status.to_string()), "{error}");
    }
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let error = refusal(&response(status, ""));
        assert_eq!((error.code, error.retryable()), (ErrorCode::TemporarilyUnavailable, true), "{status}");
    }
    // An error with the status of a success speaks of nobody.
    let Ok(UserInfo::Plain(claims)) = process(&response(200, body), parse) else { panic!() };
    assert!(about(claims, "alice").is_err());
}

#[test]
fn errors_of_other_kinds_stay_as_they_are() {
    let error = Error::new(ErrorCode::CryptoUnavailable, "WebCrypto is missing");
    assert_eq!(of_userinfo(error.clone()), error);
    let signature = of_userinfo(Error::new(ErrorCode::InvalidIdToken, "signature: none fits"));
    assert_eq!(signature.message, "the signed UserInfo response is refused: signature: none fits");
    for (transport, code) in [
        (TransportError::Network, ErrorCode::Network),
        (TransportError::Cors, ErrorCode::Network),
        (TransportError::Timeout, ErrorCode::Timeout),
        (TransportError::Unreadable, ErrorCode::UserinfoFailed),
    ] {
        assert_eq!((unanswered(transport).code, &*unanswered(transport).message), (code, transport.message()));
    }
}
