//! ID tokens that prove nothing.

use super::{Misbehaviour, Place, answer, snake, text, token};
use crate::id_token::{IdToken, compact};
use crate::keys::{ALGORITHMS, Signer, encode, keys};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<Misbehaviour> {
    let place = Place::IdToken;
    [
        claims(place, "id_token"),
        times(place, "id_token"),
        nonces(),
        max_age(),
        dates(),
        headers(place, "id_token"),
        signatures(),
        shapes(),
    ]
    .concat()
}

fn changed(
    place: Place,
    requirement: &'static str,
    name: impl Into<String>,
    edit: impl Fn(&mut IdToken) + Send + Sync + 'static,
) -> Misbehaviour {
    Misbehaviour::new(requirement, name, place, token(edit))
}

/// Claims about whom and for whom.
pub(super) fn claims(place: Place, what: &str) -> Vec<Misbehaviour> {
    let claim = |claim: &'static str, name: &str, value: fn(&Value) -> Value| {
        let edit = move |token: &mut IdToken| token.claims[claim] = value(&token.claims[claim]);
        changed(place, "D1", format!("{what}_{claim}_is_{name}"), edit).mentions(claim)
    };
    let missing = |claim: &'static str| {
        changed(place, "D1", format!("{what}_has_no_{claim}"), move |token| token.without(claim)).mentions(claim)
    };
    vec![
        missing("iss"),
        claim("iss", "anothers", |_| json!("https://evil.example")),
        claim("iss", "with_a_slash_more", |iss| json!(format!("{}/", iss.as_str().unwrap_or_default()))),
        claim("iss", "in_capitals", |iss| json!(iss.as_str().unwrap_or_default().to_ascii_uppercase())),
        claim("iss", "a_list", |iss| json!([iss])),
        claim("iss", "null", |_| json!(null)),
        missing("sub"),
        claim("sub", "empty", |_| json!("")),
        claim("sub", "null", |_| json!(null)),
        claim("sub", "a_number", |_| json!(17)),
        claim("sub", "a_list", |sub| json!([sub])),
        claim("sub", "too_long", |_| json!("x".repeat(256))),
        missing("aud"),
        claim("aud", "another_client", |_| json!("another")),
        claim("aud", "empty", |_| json!("")),
        claim("aud", "an_empty_list", |_| json!([])),
        claim("aud", "this_client_and_another", |aud| json!([aud, "another"])),
        claim("aud", "another_and_this_client", |aud| json!(["another", aud])),
        claim("aud", "a_list_with_a_number", |aud| json!([aud, 1])),
        claim("aud", "two_names_in_one_string", |aud| json!(format!("{} another", aud.as_str().unwrap_or_default()))),
        claim("aud", "an_object", |aud| json!({ "client": aud })),
        claim("aud", "a_number", |_| json!(1)),
        claim("aud", "in_capitals", |aud| json!(aud.as_str().unwrap_or_default().to_ascii_uppercase())),
        claim("azp", "another_client", |_| json!("another")),
        claim("azp", "a_number", |_| json!(1)),
        claim("azp", "empty", |_| json!("")),
        claim("at_hash", "of_another_token", |_| json!(encode(&[7; 16]))),
        claim("at_hash", "the_whole_hash", |_| json!(encode(&[7; 32]))),
        claim("at_hash", "empty", |_| json!("")),
        claim("at_hash", "a_number", |_| json!(1)),
        claim("at_hash", "padded", |hash| json!(format!("{}==", hash.as_str().unwrap_or_default()))),
        claim("acr", "a_number", |_| json!(2)),
    ]
}

/// Claims about when.
pub(super) fn times(place: Place, what: &str) -> Vec<Misbehaviour> {
    let claim = |claim: &'static str, name: &str, value: fn(&IdToken) -> Value| {
        let edit = move |token: &mut IdToken| token.claims[claim] = value(token);
        changed(place, "D1", format!("{what}_{claim}_is_{name}"), edit).mentions(claim)
    };
    let missing = |claim: &'static str| {
        changed(place, "D1", format!("{what}_has_no_{claim}"), move |token| token.without(claim)).mentions(claim)
    };
    vec![
        missing("exp"),
        claim("exp", "over", |token| token.time(-3_600)).mentions("clock"),
        claim("exp", "over_by_two_minutes", |token| token.time(-120)).mentions("clock"),
        claim("exp", "zero", |_| json!(0)),
        claim("exp", "negative", |_| json!(-1)),
        claim("exp", "a_string", |token| json!(token.time(600).to_string())),
        claim("exp", "null", |_| json!(null)),
        claim("exp", "a_list", |token| json!([token.time(600)])),
        missing("iat"),
        claim("iat", "a_string", |token| json!(token.time(0).to_string())),
        claim("iat", "null", |_| json!(null)),
        claim("iat", "a_date", |_| json!("2026-11-21T10:00:00Z")),
        claim("nbf", "in_an_hour", |token| token.time(3_600)).mentions("clock"),
        claim("nbf", "in_two_minutes", |token| token.time(120)).mentions("clock"),
        claim("nbf", "a_string", |token| json!(token.time(0).to_string())),
        claim("auth_time", "a_string", |token| json!(token.time(0).to_string())),
        claim("auth_time", "an_object", |_| json!({})),
    ]
}

fn nonces() -> Vec<Misbehaviour> {
    let nonce = |name: &str, edit: fn(&mut IdToken)| {
        changed(Place::IdToken, "D1", format!("id_token_{name}"), edit).mentions("nonce")
    };
    vec![
        nonce("has_no_nonce", |token| token.without("nonce")),
        nonce("nonce_is_another", |token| token.claims["nonce"] = json!("A".repeat(43))),
        nonce("nonce_is_empty", |token| token.claims["nonce"] = json!("")),
        nonce("nonce_is_null", |token| token.claims["nonce"] = json!(null)),
        nonce("nonce_is_a_list", |token| token.claims["nonce"] = json!([token.claims["nonce"].clone()])),
        nonce("nonce_is_cut_short", |token| {
            let nonce = token.claims["nonce"].as_str().unwrap_or_default();
            token.claims["nonce"] = json!(nonce.get(..42).unwrap_or_default());
        }),
        nonce("nonce_is_in_capitals", |token| {
            token.claims["nonce"] = json!(token.claims["nonce"].as_str().unwrap_or_default().to_ascii_uppercase());
        }),
    ]
}

fn max_age() -> Vec<Misbehaviour> {
    let auth_time = |name: &str, edit: fn(&mut IdToken)| {
        changed(Place::IdToken, "D1", format!("id_token_{name}_though_max_age_was_asked"), edit)
            .max_age(300)
            .mentions("auth_time")
    };
    vec![
        auth_time("has_no_auth_time", |token| token.without("auth_time")),
        auth_time("has_an_old_auth_time", |token| token.claims["auth_time"] = token.time(-3_600)),
        auth_time("has_an_auth_time_to_come", |token| token.claims["auth_time"] = token.time(3_600)),
        auth_time("has_the_auth_time_zero", |token| token.claims["auth_time"] = json!(0)),
        auth_time("has_null_for_an_auth_time", |token| token.claims["auth_time"] = json!(null)),
    ]
}

/// The answer's own `Date` says that the token is not of today, which its `iat` would not tell.
fn dates() -> Vec<Misbehaviour> {
    let e10 = |name: &str, claim: &'static str, after: i64| {
        let edit = move |token: &mut IdToken| {
            for claim in ["iat", "exp"] {
                token.claims[claim] = json!(token.claims[claim].as_i64().unwrap_or_default() + after);
            }
        };
        changed(Place::IdToken, "E10", format!("id_token_is_{name}_by_the_date_of_its_answer"), edit)
            .and(Place::Token, answer(|answer| answer.dated(0)))
            .mentions(claim)
    };
    vec![
        e10("of_yesterday", "exp", -86_400),
        e10("of_last_year", "exp", -31_536_000),
        e10("of_tomorrow", "iat", 86_400),
    ]
}

/// Headers that bring a key, an algorithm or a purpose of their own.
pub(super) fn headers(place: Place, what: &str) -> Vec<Misbehaviour> {
    let d2 = |name: &str, edit: fn(&mut IdToken)| changed(place, "D2", format!("{what}_{name}"), edit);
    let typed = |typ: &'static str| {
        changed(place, "D2", format!("{what}_is_typed_{}", snake(typ)), move |token| token.header["typ"] = json!(typ))
            .mentions("typ")
    };
    let algorithm = |alg: &'static str, signer: Signer| {
        let edit = move |token: &mut IdToken| {
            token.header["alg"] = json!(alg);
            token.signer = signer.clone();
        };
        (alg, edit)
    };
    let mut all = Vec::new();
    for (alg, edit) in [
        algorithm("none", Signer::Octets(Vec::new())),
        algorithm("None", Signer::Octets(Vec::new())),
        algorithm("NONE", Signer::Octets(vec![0])),
        algorithm("nOnE", Signer::Octets(vec![1])),
        algorithm("", Signer::Own("RS256")),
        algorithm("RSA1_5", Signer::Own("RS256")),
        algorithm("ES256K", Signer::Own("ES256")),
        algorithm("HS512", Signer::Hmac(b"app".to_vec())),
    ] {
        let name = format!("{what}_has_alg_{}_{}", alg.len(), alg);
        all.push(changed(place, "D2", name, edit));
    }
    all.extend([
        d2("has_a_small_rs256", |token| token.header["alg"] = json!("rs256")).mentions("alg"),
        d2("has_no_alg", |token| crate::id_token::remove(&mut token.header, "alg")).mentions("alg"),
        d2("has_a_list_for_alg", |token| token.header["alg"] = json!(["RS256"])).mentions("alg"),
        d2("is_an_hmac_with_the_public_modulus", |token| {
            token.header["alg"] = json!("HS256");
            token.signer =
                Signer::Hmac(keys().public()["keys"][0]["n"].as_str().unwrap_or_default().as_bytes().to_vec());
        }),
        d2("is_an_hmac_with_the_client_id", |token| {
            token.header["alg"] = json!("HS256");
            token.signer = Signer::Hmac(token.claims["aud"].as_str().unwrap_or_default().as_bytes().to_vec());
        }),
        d2("brings_its_own_key", |token| {
            token.signed_with("ES256");
            token.header["jwk"] = keys().strangers()[0].clone();
            token.signer = Signer::Stranger("ES256");
        }),
        d2("brings_the_right_key", |token| token.header["jwk"] = keys().public()["keys"][0].clone()),
        d2("brings_the_address_of_a_key", |token| token.header["jku"] = json!("https://evil.example/jwks")),
        d2("brings_the_address_of_a_certificate", |token| token.header["x5u"] = json!("https://evil.example/x5u")),
        d2("brings_a_certificate", |token| token.header["x5c"] = json!(["MIIB"])),
        d2("brings_null_for_a_key", |token| token.header["jwk"] = json!(null)),
        d2("has_a_critical_extension", |token| {
            token.header["crit"] = json!(["exp"]);
            token.header["exp"] = json!(1);
        }),
        d2("has_an_empty_list_of_critical_extensions", |token| token.header["crit"] = json!([])),
        d2("has_an_unencoded_payload", |token| {
            token.header["b64"] = json!(false);
            token.header["crit"] = json!(["b64"]);
        }),
        d2("says_that_it_is_not_encoded", |token| token.header["b64"] = json!(false)),
        typed("at+jwt"),
        typed("application/at+jwt"),
        typed("Application/Logout+JWT"),
        typed("logout+jwt"),
        typed("dpop+jwt"),
        typed("token-introspection+jwt"),
        typed("secevent+jwt"),
        typed("jwt+at"),
        d2("has_a_number_for_typ", |token| token.header["typ"] = json!(1)).mentions("typ"),
        d2("has_a_number_for_kid", |token| token.header["kid"] = json!(1)).mentions("kid"),
        d2("has_an_unknown_kid", |token| token.header["kid"] = json!("unknown")).mentions("signature"),
        d2("has_an_empty_kid", |token| token.header["kid"] = json!("")).mentions("signature"),
        d2("has_the_kid_of_a_key_of_another_kind", |token| token.header["kid"] = json!("p256")).mentions("signature"),
        d2("says_es256_and_is_signed_with_rs256", |token| {
            token.signed_with("ES256");
            token.signer = Signer::Own("RS256");
        })
        .mentions("signature"),
        d2("says_rs256_and_is_signed_with_ps256", |token| token.signer = Signer::Own("PS256")).mentions("signature"),
        d2("says_ps256_and_is_signed_with_ps512", |token| {
            token.signed_with("PS256");
            token.signer = Signer::Own("PS512");
        })
        .mentions("signature"),
    ]);
    all
}

/// Signatures that are nobody's, for every algorithm.
fn signatures() -> Vec<Misbehaviour> {
    let mut all = Vec::new();
    let d2 = |name: String, edit: Box<dyn Fn(&mut String) + Send + Sync>, algorithm: &'static str| {
        changed(Place::IdToken, "D2", name, move |token| token.signed_with(algorithm))
            .and(Place::IdToken, text(edit))
            .mentions("signature")
    };
    for algorithm in ALGORITHMS {
        let name = snake(algorithm);
        let broken: Box<dyn Fn(&mut String) + Send + Sync> =
            Box::new(|token| signature(token, |octets| octets[0] ^= 1));
        all.push(d2(format!("{name}_signature_has_a_flipped_bit"), broken, algorithm));
        let swapped: Box<dyn Fn(&mut String) + Send + Sync> = Box::new(|token| {
            let parts: Vec<&str> = token.split('.').collect();
            let payload = keyward::protocol::base64url::decode(parts[1]).unwrap_or_default();
            let other = String::from_utf8_lossy(&payload).replace("alice", "mallo");
            *token = format!("{}.{}.{}", parts[0], encode(other.as_bytes()), parts[2]);
        });
        all.push(d2(format!("{name}_signature_is_of_other_claims"), swapped, algorithm));
    }
    for (name, edit) in [
        ("of_zeros", (|octets: &mut Vec<u8>| octets.fill(0)) as fn(&mut Vec<u8>)),
        ("of_one_octet_less", |octets| {
            octets.pop();
        }),
        ("of_one_octet_more", |octets| octets.push(0)),
        ("in_der", |octets| *octets = der(octets)),
        ("with_its_halves_exchanged", |octets| octets.rotate_left(32)),
    ] {
        let edit: Box<dyn Fn(&mut String) + Send + Sync> = Box::new(move |token| signature(token, edit));
        all.push(d2(format!("es256_signature_is_{name}"), edit, "ES256"));
    }
    for algorithm in ["RS256", "PS256"] {
        let longer: Box<dyn Fn(&mut String) + Send + Sync> =
            Box::new(|token| signature(token, |octets| octets.insert(0, 0)));
        all.push(d2(format!("{}_signature_has_a_zero_before_it", snake(algorithm)), longer, algorithm));
    }
    for algorithm in ["ES256", "EdDSA"] {
        let name = format!("{}_signature_is_a_strangers", snake(algorithm));
        let edit = move |token: &mut IdToken| {
            token.signed_with(algorithm);
            token.signer = Signer::Stranger(algorithm);
        };
        all.push(changed(Place::IdToken, "D2", name, edit).mentions("signature"));
    }
    all
}

/// Texts that are no token.
fn shapes() -> Vec<Misbehaviour> {
    let d2 = |name: &str, edit: fn(&mut String)| {
        Misbehaviour::new("D2", format!("id_token_{name}"), Place::IdToken, text(edit))
    };
    let rs256 = || Signer::Own("RS256");
    let payload = |name: &str, payload: fn() -> Vec<u8>| {
        let edit = move |token: &mut String| *token = compact(br#"{"alg":"RS256","kid":"rsa"}"#, &payload(), &rs256());
        Misbehaviour::new("D2", format!("id_token_{name}"), Place::IdToken, text(edit))
    };
    let header = |name: &str, header: &'static [u8]| {
        let edit = move |token: &mut String| *token = compact(header, br#"{"sub":"alice"}"#, &rs256());
        Misbehaviour::new("D2", format!("id_token_{name}"), Place::IdToken, text(edit))
    };
    vec![
        d2("has_one_part", |token| *token = token.replace('.', "")).mentions("three parts"),
        d2("has_two_parts", |token| {
            *token = token.rsplit_once('.').map(|(start, _)| start.to_owned()).unwrap_or_default()
        })
        .mentions("three parts"),
        d2("has_four_parts", |token| *token += ".AA").mentions("three parts"),
        d2("has_five_parts", |token| *token += ".AA.AA").mentions("encrypted"),
        d2("has_six_parts", |token| *token += ".AA.AA.AA").mentions("three parts"),
        d2("has_an_empty_signature", |token| signature(token, Vec::clear)).mentions("signature"),
        d2("has_a_dot_before_it", |token| token.insert(0, '.')),
        d2("has_a_space_before_it", |token| token.insert(0, ' ')),
        d2("has_padding_after_it", |token| token.push_str("==")),
        d2("has_a_padded_payload", |token| {
            let parts: Vec<&str> = token.split('.').collect();
            let mut payload = keyward::protocol::base64url::decode(parts[1]).unwrap_or_default();
            while payload.len().is_multiple_of(3) {
                payload.push(b' ');
            }
            *token = format!("{}.{}.{}", parts[0], BASE64_URL_SAFE.encode(&payload), parts[2]);
        }),
        d2("is_in_plain_base64", |token| *token = format!("{}+/", token)),
        d2("is_quoted", |token| *token = format!("\"{token}\"")),
        d2("is_a_bearer_header", |token| token.insert_str(0, "Bearer ")),
        d2("is_plain_json", |token| *token = r#"{"sub":"alice"}"#.to_owned()),
        d2("is_the_json_serialization", |token| {
            let parts: Vec<&str> = token.split('.').collect();
            *token = json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] }).to_string();
        }),
        d2("has_loose_bits_after_the_signature", |token| {
            let last = token.pop().unwrap_or_default();
            token.push(if last == 'A' { 'B' } else { char::from(last as u8 + 1) });
        }),
        d2("is_larger_than_any_token", |token| {
            *token = format!("{}.{}.AA", "A".repeat(40_000), &token[..1].repeat(40_000))
        })
        .mentions("too large"),
        payload("has_a_list_for_claims", || b"[]".to_vec()),
        payload("has_a_string_for_claims", || br#""alice""#.to_vec()),
        payload("has_no_json_for_claims", || b"sub=alice".to_vec()),
        payload("has_claims_that_are_not_utf8", || b"{\"sub\":\"\xff\"}".to_vec()),
        payload("has_claims_nested_deeply", || {
            format!("{{\"sub\":{}{}}}", "[".repeat(100), "]".repeat(100)).into_bytes()
        }),
        payload("has_no_claims", || b"{}".to_vec()),
        payload("has_another_token_for_claims", || b"e30.e30.AA".to_vec()),
        header("has_a_list_for_a_header", b"[]"),
        header("has_no_json_for_a_header", b"alg=RS256"),
        header("has_a_header_that_is_not_utf8", b"{\"alg\":\"RS256\",\"kid\":\"\xff\"}"),
        header("has_an_empty_header", b"{}"),
    ]
}

/// Changes the octets of the signature.
fn signature(token: &mut String, edit: fn(&mut Vec<u8>)) {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let mut octets = keyward::protocol::base64url::decode(signature).unwrap_or_default();
    edit(&mut octets);
    *token = format!("{signed}.{}", encode(&octets));
}

/// An ECDSA signature as other protocols write it.
fn der(octets: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let lead = if half.first().is_some_and(|first| *first >= 0x80) { vec![0] } else { Vec::new() };
        let value = [lead, half.to_vec()].concat();
        [vec![2, value.len() as u8], value].concat()
    };
    let (r, s) = octets.split_at(octets.len() / 2);
    let body = [integer(r), integer(s)].concat();
    [vec![0x30, body.len() as u8], body].concat()
}
