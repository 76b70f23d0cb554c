//! UserInfo responses that must not be believed. They cost the caller an answer, and never the session.

use super::{Edit, Misbehaviour, Place, Unusable, answer, instead, json, snake, text, token, unusable};
use crate::answer::Answer;
use crate::id_token::IdToken;
use crate::keys::{ALGORITHMS, Signer, encode, keys};
use keyward::ErrorCode;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<Misbehaviour> {
    [subjects(), unanswered(), refusals(), signed_claims(), signatures(), shapes()].concat()
}

fn d5(name: impl AsRef<str>, edit: Edit) -> Misbehaviour {
    Misbehaviour::new("D5", format!("user_info_{}", name.as_ref()), Place::UserInfo, edit)
}

fn subjects() -> Vec<Misbehaviour> {
    let sub = |name: &str, value: Value| {
        d5(format!("sub_is_{name}"), json(move |claims| claims["sub"] = value.clone())).code(ErrorCode::SubjectMismatch)
    };
    vec![
        sub("anothers", json!("mallory")),
        sub("in_other_letters", json!("Alice")),
        sub("with_a_space", json!("alice ")),
        sub("empty", json!("")),
        sub("null", json!(null)),
        sub("a_number", json!(17)),
        sub("a_list", json!(["alice"])),
        sub("an_object", json!({ "sub": "alice" })),
        d5("has_no_sub", json(|claims| crate::id_token::remove(claims, "sub"))).code(ErrorCode::SubjectMismatch),
        d5("is_an_empty_object", json(|claims| *claims = json!({}))).code(ErrorCode::SubjectMismatch),
        d5("has_its_sub_in_a_prototype", json(|claims| *claims = json!({ "__proto__": { "sub": "alice" } })))
            .code(ErrorCode::SubjectMismatch),
        d5("is_an_error_with_200", instead(Answer::error(200, "invalid_token"))).code(ErrorCode::SubjectMismatch),
    ]
}

fn unanswered() -> Vec<Misbehaviour> {
    let unusable = unusable().into_iter().map(|(name, edit, what)| {
        let misbehaviour = d5(format!("is_{name}"), edit);
        match what {
            Unusable::Content | Unusable::Size => misbehaviour,
            Unusable::Connection => misbehaviour.code(ErrorCode::Network).mentions("CORS"),
            Unusable::Kept => misbehaviour.code(ErrorCode::Network).mentions("allowed origins"),
            Unusable::Silence => misbehaviour.code(ErrorCode::Timeout),
        }
    });
    unusable.collect()
}

fn refusals() -> Vec<Misbehaviour> {
    let page = |status| instead(Answer::text(status, "text/html", "<h1>Error</h1>"));
    let mut all: Vec<Misbehaviour> =
        [201, 204, 400, 403, 404, 410].map(|status| d5(format!("is_answered_{status}"), page(status))).to_vec();
    let later = [408, 425, 429, 500, 502, 503, 504];
    all.extend(
        later.map(|status| d5(format!("is_answered_{status}"), page(status)).code(ErrorCode::TemporarilyUnavailable)),
    );
    all.push(d5("lacks_the_scope", instead(Answer::error(403, "insufficient_scope"))));
    // A new token is fetched once, and then it is over.
    all.push(d5("is_answered_401", page(401)).token_requests(1));
    all.push(
        d5("is_an_invalid_token_whatever_the_token", instead(Answer::error(401, "invalid_token"))).token_requests(1),
    );
    all.push(d5("has_claims_with_401", answer(|answer| answer.status = 401)).token_requests(1));
    let repeats = json!({ "error": "invalid_request", "error_description": "what is {request}?" });
    let repeats = instead(Answer::json(400, &repeats));
    all.push(Misbehaviour::new("J2", "user_info_repeats_the_access_token", Place::UserInfo, repeats));
    all
}

/// Signed well, and not for this client, this provider or this user.
fn signed_claims() -> Vec<Misbehaviour> {
    let claim = |claim: &'static str, name: &str, value: fn(&IdToken) -> Value| {
        let edit = token(move |token: &mut IdToken| token.claims[claim] = value(token));
        d5(format!("signed_{claim}_is_{name}"), edit).mentions(claim)
    };
    let missing = |claim: &'static str| {
        d5(format!("signed_has_no_{claim}"), token(move |token| token.without(claim))).mentions(claim)
    };
    vec![
        missing("iss"),
        claim("iss", "anothers", |_| json!("https://evil.example")),
        claim("iss", "with_a_slash_more", |token| {
            json!(format!("{}/", token.claims["iss"].as_str().unwrap_or_default()))
        }),
        missing("aud"),
        claim("aud", "another_client", |_| json!("another")),
        claim("aud", "this_client_and_another", |token| json!([token.claims["aud"], "another"])),
        claim("aud", "an_empty_list", |_| json!([])),
        missing("sub"),
        claim("sub", "a_number", |_| json!(17)),
        claim("sub", "anothers", |_| json!("mallory")).code(ErrorCode::SubjectMismatch),
        claim("sub", "in_other_letters", |_| json!("ALICE")).code(ErrorCode::SubjectMismatch),
        claim("azp", "another_client", |_| json!("another")),
        claim("exp", "over", |token| token.time(-120)).mentions("clock"),
        claim("exp", "a_string", |token| json!(token.time(600).to_string())),
        claim("nbf", "in_an_hour", |token| token.time(3_600)).mentions("clock"),
        claim("iat", "a_string", |token| json!(token.time(0).to_string())),
    ]
}

fn signatures() -> Vec<Misbehaviour> {
    let mut all = Vec::new();
    for algorithm in ALGORITHMS {
        let name = format!("signed_with_{}_has_a_flipped_bit", snake(algorithm));
        let broken = text(|token| {
            let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
            let mut octets = keyward::protocol::base64url::decode(signature).unwrap_or_default();
            octets[0] ^= 1;
            *token = format!("{signed}.{}", encode(&octets));
        });
        let signed = d5(name, token(move |token| token.signed_with(algorithm)));
        all.push(signed.and(Place::UserInfo, broken).mentions("signature"));
    }
    let header = |name: &str, edit: fn(&mut IdToken)| d5(format!("signed_{name}"), token(edit));
    all.extend([
        header("has_alg_none", |token| {
            token.header["alg"] = json!("none");
            token.signer = Signer::Octets(Vec::new());
        }),
        header("has_alg_none_and_a_signature", |token| token.header["alg"] = json!("none")).mentions("alg"),
        header("is_an_hmac_with_the_public_modulus", |token| {
            token.header["alg"] = json!("HS256");
            token.signer =
                Signer::Hmac(keys().public()["keys"][0]["n"].as_str().unwrap_or_default().as_bytes().to_vec());
        }),
        header("is_a_strangers", |token| {
            token.signed_with("ES256");
            token.signer = Signer::Stranger("ES256");
        })
        .mentions("signature"),
        header("brings_its_own_key", |token| {
            token.signed_with("ES256");
            token.header["jwk"] = keys().strangers()[0].clone();
            token.signer = Signer::Stranger("ES256");
        }),
        header("is_a_strangers_under_an_unknown_name", |token| {
            token.signed_with("ES256");
            token.header["kid"] = json!("unknown");
            token.signer = Signer::Stranger("ES256");
        })
        .mentions("signature"),
        header("is_an_access_token", |token| token.header["typ"] = json!("at+jwt")).mentions("typ"),
        header("has_a_critical_extension", |token| token.header["crit"] = json!(["b64"])),
        header("with_an_algorithm_that_the_metadata_does_not_list", |_| {})
            .and(
                Place::Discovery,
                json(|metadata| metadata["userinfo_signing_alg_values_supported"] = json!(["ES256"])),
            )
            .mentions("alg"),
    ]);
    all
}

/// Texts that are no signed claims.
fn shapes() -> Vec<Misbehaviour> {
    let shape = |name: &str, edit: fn(&mut String)| d5(name, text(edit));
    let jwt = |body: &str| instead(Answer::text(200, "application/jwt", body));
    vec![
        d5("is_plain_and_called_signed", jwt(r#"{"sub":"alice"}"#)).mentions("three parts"),
        d5("is_empty_and_called_signed", jwt("")).mentions("three parts"),
        shape("is_encrypted", |token| *token += ".AA.AA").mentions("encrypted"),
        shape("signed_has_two_parts", |token| {
            *token = token.rsplit_once('.').map(|(start, _)| start.to_owned()).unwrap_or_default()
        })
        .mentions("three parts"),
        shape("signed_has_a_newline_after_it", |token| token.push('\n')),
        shape("signed_is_quoted", |token| *token = format!("\"{token}\"")),
        d5("is_encrypted_and_called_json", text(|token| *token += ".AA.AA"))
            .and(Place::UserInfo, answer(|answer| answer.headers[0].1 = "application/json".to_owned()))
            .mentions("encrypted"),
    ]
}
