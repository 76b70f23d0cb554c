use super::*;
use crate::protocol::testing::{json, parse, token};
use proptest::prelude::*;

const HEADER: &str = r#"{"alg":"RS256","kid":"k1","typ":"JWT"}"#;
const PAYLOAD: &str = r#"{"iss":"joe"}"#;

fn why_refused(token: &str) -> String {
    let error = Compact::decode(token, parse).err().unwrap();
    assert_eq!(error.code, ErrorCode::InvalidIdToken);
    error.message.clone().into_owned()
}

#[test]
fn rfc_7515_appendix_a_2_rs256_is_decoded() {
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU\
                     Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d\
                     O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig\
                     cN_IoypGlUPQGe77Rw";
    let input = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let compact = Compact::decode(&[input, ".", signature].concat(), parse).unwrap();
    assert_eq!(compact.header, Header { alg: Algorithm::Rs256, kid: None, typ: None });
    assert_eq!(compact.payload, json(r#"{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"#));
    assert_eq!(compact.signing_input, input);
    assert_eq!(compact.signature.len(), 256);
    assert_eq!(compact.signature[..4], [112, 46, 33, 137]);
}

#[test]
fn rfc_7515_appendix_a_3_es256_is_decoded() {
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                 DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let compact = Compact::decode(token, parse).unwrap();
    assert_eq!(compact.header.alg, Algorithm::Es256);
    assert_eq!(compact.signature.len(), 64);
    assert_eq!(compact.signature[..4], [14, 209, 33, 83]);
    assert_eq!(compact.signature[60..], [131, 163, 84, 213]);
}

#[test]
fn rfc_7515_appendix_a_1_hs256_is_refused() {
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p\
                 c19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert!(why_refused(token).contains("`alg`"));
}

#[test]
fn rfc_7515_appendix_a_4_a_payload_that_is_not_json_is_refused() {
    let token = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw\
                 _7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    assert!(why_refused(token).contains("not a JSON object"));
}

#[test]
fn rfc_7515_appendix_a_5_none_is_refused() {
    let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    assert!(why_refused(token).contains("`alg`"));
    for none in ["none", "None", "NONE", "nOnE", ""] {
        assert!(
            why_refused(&crate::protocol::testing::token(&format!(r#"{{"alg":"{none}"}}"#), PAYLOAD)).contains("`alg`")
        );
    }
}

#[test]
fn rfc_7515_appendix_a_6_the_json_serialization_is_refused() {
    assert!(why_refused(r#"{"payload":"e30","signatures":[]}"#).contains("three parts"));
}

#[test]
fn d2_a_token_has_exactly_three_parts() {
    let good = token(HEADER, PAYLOAD);
    for text in ["", ".", "a.b", good.rsplit_once('.').unwrap().0, &[&good, "."].concat(), &[&good, ".x.y.z"].concat()]
    {
        assert!(why_refused(text).contains("three parts"), "{text}");
    }
    assert!(why_refused(&[&good, ".x.y"].concat()).contains("encrypted"));
}

#[test]
fn d2_every_part_is_strict_base64url() {
    let good = token(HEADER, PAYLOAD);
    assert!(Compact::decode(&good, parse).is_ok());
    for index in 0..3 {
        for (spoil, name) in
            [("=", "padding"), (" ", "space"), ("\n", "line end"), ("+", "alphabet"), ("A", "octets"), ("\0", "nul")]
        {
            let parts = good
                .split('.')
                .enumerate()
                .map(|(at, part)| if at == index { [part, spoil].concat() } else { part.to_owned() });
            let spoilt = parts.collect::<Vec<_>>().join(".");
            let accepted = Compact::decode(&spoilt, parse);
            // One more character can make more octets of a signature; whether they verify is judged elsewhere.
            assert!(accepted.is_err() || (index == 2 && spoil == "A"), "{name} in part {index}");
        }
    }
    for text in [[" ", &good].concat(), [&good, " "].concat(), good.replace('.', " ."), good.replacen('.', "..", 1)] {
        why_refused(&text);
    }
}

#[test]
fn d2_a_signature_is_not_empty() {
    let unsigned = [token(HEADER, PAYLOAD).rsplit_once('.').unwrap().0, "."].concat();
    assert!(why_refused(&unsigned).contains("signature"));
}

#[test]
fn d2_header_and_payload_are_json_objects() {
    for text in ["", "null", "[]", "\"x\"", "1", "{", "{}x", r#"{"a":1,}"#] {
        why_refused(&token(text, PAYLOAD));
        assert!(why_refused(&token(HEADER, text)).contains("not a JSON object"), "{text}");
    }
    let not_utf8 =
        [base64url::encode(HEADER.as_bytes()), base64url::encode(b"{\"a\":\"\xff\"}"), "c2ln".to_owned()].join(".");
    assert!(why_refused(&not_utf8).contains("not a JSON object"));
}

#[test]
fn d2_the_header_names_an_accepted_algorithm() {
    for algorithm in Algorithm::ALL {
        let header = format!(r#"{{"alg":"{}"}}"#, algorithm.name());
        assert_eq!(Compact::decode(&token(&header, PAYLOAD), parse).unwrap().header.alg, *algorithm);
    }
    for alg in [
        r#""HS256""#,
        r#""HS384""#,
        r#""HS512""#,
        r#""rs256""#,
        r#""RS1""#,
        r#""ES256K""#,
        r#""RSA-OAEP""#,
        "1",
        "null",
        r#"["RS256"]"#,
    ] {
        assert!(why_refused(&token(&format!(r#"{{"alg":{alg}}}"#), PAYLOAD)).contains("`alg`"), "{alg}");
    }
    assert!(why_refused(&token("{}", PAYLOAD)).contains("`alg`"));
}

#[test]
fn d2_critical_extensions_are_refused() {
    for member in [r#""crit":["exp"]"#, r#""crit":[]"#, r#""crit":null"#, r#""b64":false"#] {
        let header = format!(r#"{{"alg":"RS256",{member}}}"#);
        assert!(why_refused(&token(&header, PAYLOAD)).contains("header"), "{member}");
    }
}

#[test]
fn d2_keys_in_the_header_are_as_good_as_absent() {
    let plain = Compact::decode(&token(r#"{"alg":"RS256","kid":"k1"}"#, PAYLOAD), parse).unwrap().header;
    for member in [
        r#""jwk":{"kty":"RSA"}"#,
        r#""jwk":null"#,
        r#""jku":"https://evil.example/jwks""#,
        r#""x5u":"https://evil.example/x5u""#,
        r#""x5c":["MII"]"#,
        r#""x5c":1"#,
        r#""x5t":"a","x5t#S256":"b","cty":"x","own":{}"#,
    ] {
        let header = format!(r#"{{"alg":"RS256","kid":"k1",{member}}}"#);
        assert_eq!(Compact::decode(&token(&header, PAYLOAD), parse).unwrap().header, plain, "{member}");
    }
}

#[test]
fn d2_a_token_of_another_kind_is_refused() {
    let header = |typ: &str| format!(r#"{{"alg":"RS256","typ":{typ}}}"#);
    for typ in [
        r#""JWT""#,
        r#""jwt""#,
        r#""application/jwt""#,
        r#""JOSE""#,
        r#""ID""#,
        r#""id_token+jwt""#,
        r#""Application/ID_Token+JWT""#,
        r#""""#,
        "null",
    ] {
        assert!(Compact::decode(&token(&header(typ), PAYLOAD), parse).is_ok(), "{typ}");
    }
    for typ in [
        r#""at+jwt""#,
        r#""AT+JWT""#,
        r#""application/at+jwt""#,
        r#""APPLICATION/At+Jwt""#,
        r#""at+jwt;charset=utf-8""#,
        r#"" at+jwt""#,
        r#""at+jwt ""#,
        r#""logout+jwt""#,
        r#""application/dpop+jwt""#,
        r#""dpop+jwt""#,
        r#""secevent+jwt""#,
        r#""vc+sd-jwt""#,
        "1",
        "[]",
    ] {
        assert!(why_refused(&token(&header(typ), PAYLOAD)).contains("`typ`"), "{typ}");
    }
}

#[test]
fn d2_a_key_is_named_by_a_string_or_not_at_all() {
    let header = |kid: &str| format!(r#"{{"alg":"RS256","kid":{kid}}}"#);
    let named = |kid: &str| Compact::decode(&token(&header(kid), PAYLOAD), parse).unwrap().header.kid;
    assert_eq!((named(r#""k1""#).as_deref(), named("null")), (Some("k1"), None));
    for kid in ["1", "{}", r#"["k1"]"#] {
        assert!(why_refused(&token(&header(kid), PAYLOAD)).contains("`kid`"), "{kid}");
    }
}

#[test]
fn d1_id_tokens_may_have_512_kilobytes() {
    let groups = vec![r#""cn=group,ou=department,dc=example""#; 10_000].join(",");
    let large = token(HEADER, &format!(r#"{{"groups":[{groups}]}}"#));
    assert!((470_000..=512 * 1024).contains(&large.len()), "{}", large.len());
    let decoded = Compact::decode(&large, parse).unwrap();
    assert_eq!(decoded.payload.get("groups").and_then(Json::elements).map(<[Json]>::len), Some(10_000));
}

#[test]
fn d1_a_token_that_is_too_large_is_refused_undecoded() {
    let header_and_payload = token(HEADER, PAYLOAD);
    let (start, _) = header_and_payload.rsplit_once('.').unwrap();
    let of_size = |size: usize| [start, ".", &"A".repeat(size - start.len() - 1)].concat();
    let not_called: Parser = |_| unreachable!();
    let largest = Compact::decode(&of_size(MAX_TOKEN), parse).err();
    assert!(largest.is_none_or(|error| !error.message.contains("too large")));
    let error = Compact::decode(&of_size(MAX_TOKEN + 1), not_called).err().unwrap();
    assert!(error.message.contains("too large"));
}

#[test]
fn rfc_7518_section_3_1_names_and_hashes() {
    let table: Vec<_> = Algorithm::ALL.iter().map(|algorithm| (algorithm.name(), algorithm.hash().name())).collect();
    assert_eq!(
        table,
        [
            ("RS256", "SHA-256"),
            ("RS384", "SHA-384"),
            ("RS512", "SHA-512"),
            ("PS256", "SHA-256"),
            ("PS384", "SHA-384"),
            ("PS512", "SHA-512"),
            ("ES256", "SHA-256"),
            ("ES384", "SHA-384"),
            ("ES512", "SHA-512"),
            ("EdDSA", "SHA-512"),
        ]
    );
}

#[test]
fn fips_180_4_example_abc() {
    let start = |hash: HashKind| hash.digest(b"abc")[..4].to_vec();
    assert_eq!(start(HashKind::Sha256), [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(start(HashKind::Sha384), [0xcb, 0x00, 0x75, 0x3f]);
    assert_eq!(start(HashKind::Sha512), [0xdd, 0xaf, 0x35, 0xa1]);
    assert_eq!([HashKind::Sha256, HashKind::Sha384, HashKind::Sha512].map(|hash| hash.digest(b"").len()), [32, 48, 64]);
}

proptest! {
    #[test]
    fn a_mutated_token_is_decoded_to_what_it_says_or_not_at_all(at in 0_usize..80, octet in 0_u8..128) {
        let mut octets = token(HEADER, PAYLOAD).into_bytes();
        let at = at % octets.len();
        octets[at] = octet;
        let mutated = String::from_utf8(octets).unwrap();
        if let Ok(compact) = Compact::decode(&mutated, parse) {
            let again = [compact.signing_input.as_str(), &base64url::encode(&compact.signature)].join(".");
            prop_assert_eq!(again, mutated, "a token has one text only");
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in "[A-Za-z0-9_=. -]{0,60}") {
        let _ = Compact::decode(&text, parse);
    }
}
