use super::*;
use crate::protocol::jwks::thumbprint;
use crate::protocol::testing::{json, parse, response};

/// RFC 9449 section 4.1.
fn key() -> Jwk {
    let key = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    Jwk::from_json(&json(key)).unwrap()
}

fn proof(key: &Jwk) -> Proof<'_> {
    Proof {
        key,
        method: "POST",
        url: "https://server.example.com/token",
        issued_at: 1_562_262_616_999,
        id: "-BwC3ESc6acc2lTc",
        nonce: None,
        access_token: None,
    }
}

/// The header and the payload.
fn decoded(signing_input: &str) -> (Json, Json) {
    let (header, payload) = signing_input.split_once('.').unwrap();
    let part = |text: &str| json(&String::from_utf8(base64url::decode(text).unwrap()).unwrap());
    (part(header), part(payload))
}

#[test]
fn h1_rfc_9449_section_6_1_thumbprint() {
    assert_eq!(thumbprint(&key()), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn h1_rfc_9449_section_4_2_what_a_proof_says() {
    let key = key();
    let (header, payload) = decoded(&proof(&key).signing_input());
    assert_eq!(header.str("typ"), Some("dpop+jwt"));
    assert_eq!(header.str("alg"), Some("ES256"));
    assert_eq!(header.get("jwk"), Some(&key.json));
    assert_eq!(header.members().unwrap().len(), 3);
    let expected =
        r#"{"jti":"-BwC3ESc6acc2lTc","htm":"POST","htu":"https://server.example.com/token","iat":1562262616}"#;
    assert_eq!(payload, json(expected));
}

#[test]
fn h1_rfc_9449_section_7_1_hash_of_the_access_token() {
    let key = key();
    let token = Some("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    let (_, payload) = decoded(&Proof { access_token: token, ..proof(&key) }.signing_input());
    assert_eq!(payload.str("ath"), Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"));
}

#[test]
fn h1_rfc_9449_section_4_2_the_url_is_without_query_and_fragment() {
    let key = key();
    for url in ["https://a.example/x?y=1#z", "https://a.example/x#z?y", "https://a.example/x"] {
        let (_, payload) = decoded(&Proof { url, nonce: Some("n-1"), ..proof(&key) }.signing_input());
        assert_eq!(payload.str("htu"), Some("https://a.example/x"));
        assert_eq!(payload.str("nonce"), Some("n-1"));
    }
}

#[test]
fn h1_a_proof_has_nothing_of_the_private_key() {
    let whole = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256","d":"c2VjcmV0","ext":true,"key_ops":["verify"]}"#;
    let key = Jwk::from_json(&json(whole)).unwrap();
    let (header, _) = decoded(&proof(&key).signing_input());
    let names: Vec<_> = header.get("jwk").unwrap().members().unwrap().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["crv", "kty", "x", "y"]);
}

#[test]
fn h1_the_signature_is_the_third_part() {
    assert_eq!(complete("a.b".to_owned(), &[255, 254]), "a.b.__4");
}

#[test]
fn h1_only_use_dpop_nonce_asks_for_a_nonce() {
    let wants = |status, body| wants_nonce(&response(status, body), parse);
    assert!(wants(400, r#"{"error":"use_dpop_nonce"}"#));
    assert!(wants(401, r#"{"error":"use_dpop_nonce","error_description":"x"}"#));
    for (status, body) in [
        (400, r#"{"error":"invalid_grant"}"#),
        (400, r#"{"error":"invalid_dpop_proof"}"#),
        (400, r#"{"error":"invalid_request","error_description":"use_dpop_nonce"}"#),
        (400, r#"{"error":["use_dpop_nonce"]}"#),
        (400, r#"["use_dpop_nonce"]"#),
        (400, "use_dpop_nonce"),
        (200, r#"{"error":"use_dpop_nonce"}"#),
        (500, r#"{"error":"use_dpop_nonce"}"#),
    ] {
        assert!(!wants(status, body), "{status} {body}");
    }
}

#[test]
fn h1_rfc_9449_section_8_1_what_a_nonce_is() {
    for sound in ["eyJ7S_zG.eyJH0-Z.HX4w-7v", "a", "!#[]~"] {
        assert_eq!(nonce(sound), Some(sound));
    }
    for other in ["", "a b", "\"", "\\", "é", "a\n", &"a".repeat(MAX_NONCE + 1)] {
        assert_eq!(nonce(other), None);
    }
}

#[test]
fn h1_a_token_is_of_the_kind_that_was_asked_for() {
    let checked = |kind, has_key, required| {
        let response = TokenResponse {
            access_token: "t".to_owned(),
            token_type: kind,
            lifetime: None,
            refresh_token: None,
            id_token: None,
            scope: None,
            authorization_details: None,
            date: None,
        };
        check(&response, has_key, required).map_err(|error| error.code)
    };
    assert_eq!(checked(TokenType::Bearer, false, false), Ok(()));
    assert_eq!(checked(TokenType::Dpop, true, true), Ok(()));
    assert_eq!(checked(TokenType::Dpop, false, false), Err(ErrorCode::InvalidResponse));
    assert_eq!(checked(TokenType::Bearer, true, true), Err(ErrorCode::DpopRequired));
    // "auto": the refresh token is bound even so.
    assert_eq!(checked(TokenType::Bearer, true, false), Ok(()));
}

#[test]
fn h1_the_clock_of_the_server_is_learned_from_its_id_tokens() {
    let offset = |iat: &str, received_at| clock_offset(&json(&format!(r#"{{"iat":{iat}}}"#)), received_at);
    assert_eq!(offset("1000", 1_000_900), Some(0), "within the second");
    assert_eq!(offset("1000", 1_008_000), Some(-8_000), "this clock is ahead, or the answer was slow");
    assert_eq!(offset("1000", 900_000), Some(100_000), "this clock is behind");
    assert_eq!(offset("\"1000\"", 900_000), None);
}
