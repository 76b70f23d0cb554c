//! Key sets that verify nothing.

use super::{Edit, Misbehaviour, Place, Unusable, answer, json, token, unusable};
use crate::id_token::remove;
use crate::keys::{Signer, encode, keys};
use keyward::ErrorCode;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<Misbehaviour> {
    [unanswered(), shapes(), wrong_keys(), weak_keys()].concat()
}

fn unanswered() -> Vec<Misbehaviour> {
    let b2 = |name: &str, edit: Edit| {
        Misbehaviour::new("B2", format!("key_set_is_{name}"), Place::Jwks, edit).code(ErrorCode::DiscoveryFailed)
    };
    let unusable = unusable().into_iter().map(|(name, edit, what)| match what {
        Unusable::Content | Unusable::Size => b2(name, edit),
        Unusable::Connection => b2(name, edit).code(ErrorCode::Network).mentions("CORS"),
        Unusable::Kept => b2(name, edit).code(ErrorCode::Network).mentions("allowed origins"),
        Unusable::Silence => b2(name, edit).code(ErrorCode::Timeout),
    });
    let statuses = [204, 401, 404, 429, 500, 503];
    let statuses =
        statuses.map(|status| b2(&format!("answered_{status}"), answer(move |answer| answer.status = status)));
    unusable.chain(statuses).collect()
}

fn key_set(requirement: &'static str, name: &str, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Misbehaviour {
    Misbehaviour::new(requirement, format!("key_set_{name}"), Place::Jwks, json(edit))
}

fn shapes() -> Vec<Misbehaviour> {
    let shape = |name: &str, value: Value| {
        key_set("B2", name, move |set| *set = value.clone()).code(ErrorCode::InvalidMetadata).mentions("jwks_uri")
    };
    vec![
        shape("has_no_keys_member", json!({})),
        shape("has_null_for_keys", json!({ "keys": null })),
        shape("has_an_object_for_keys", json!({ "keys": {} })),
        shape("has_a_string_for_keys", json!({ "keys": "rsa" })),
    ]
}

/// The RSA key, which signs unless something else is said, is not one that can verify.
fn wrong_keys() -> Vec<Misbehaviour> {
    let rsa = |name: &str, edit: fn(&mut Value)| {
        key_set("B3", name, move |set| edit(&mut set["keys"][0])).mentions("signature")
    };
    let p256 = |name: &str, edit: fn(&mut Value)| {
        let by = token(|token| token.signed_with("ES256"));
        key_set("D2", name, move |set| edit(&mut set["keys"][1])).and(Place::IdToken, by).mentions("signature")
    };
    let ed25519 = |name: &str, edit: fn(&mut Value)| {
        let by = token(|token| token.signed_with("EdDSA"));
        key_set("D2", name, move |set| edit(&mut set["keys"][3])).and(Place::IdToken, by).mentions("signature")
    };
    vec![
        key_set("B3", "is_empty", |set| set["keys"] = json!([])).mentions("signature"),
        key_set("B3", "holds_no_objects", |set| set["keys"] = json!([1, "rsa", null, []])).mentions("signature"),
        rsa("has_the_key_under_a_number", |key| key["kid"] = json!(1)),
        rsa("has_the_key_for_encryption", |key| key["use"] = json!("enc")),
        rsa("has_the_key_for_signing_only", |key| key["key_ops"] = json!(["sign"])),
        rsa("has_the_key_for_no_operation", |key| key["key_ops"] = json!([])),
        rsa("has_the_key_for_another_algorithm", |key| key["alg"] = json!("PS512")),
        rsa("has_the_key_for_key_transport", |key| key["alg"] = json!("RSA-OAEP-256")),
        rsa("has_the_key_of_unknown_kind", |key| key["kty"] = json!("rsa")),
        rsa("has_the_key_without_kind", |key| remove(key, "kty")),
        rsa("has_the_key_without_modulus", |key| remove(key, "n")),
        rsa("has_the_key_without_exponent", |key| remove(key, "e")),
        rsa("has_a_padded_exponent", |key| key["e"] = json!("AQAB=")),
        rsa("has_only_a_symmetric_key_of_that_name", |key| {
            *key = json!({ "kty": "oct", "kid": "rsa", "k": encode(b"secret") })
        }),
        p256("has_a_strangers_p256_key", |key| *key = keys().strangers()[0].clone()),
        p256("has_a_point_that_is_not_on_the_curve", |key| key["y"] = key["x"].clone()),
        p256("has_the_point_at_zero", |key| {
            key["x"] = json!(encode(&[0; 32]));
            key["y"] = json!(encode(&[0; 32]));
        }),
        p256("has_a_short_coordinate", |key| key["x"] = json!(encode(&[7; 31]))),
        p256("has_a_long_coordinate", |key| key["x"] = json!(encode(&[0; 33]))),
        p256("names_another_curve", |key| key["crv"] = json!("secp256k1")),
        p256("has_the_p256_key_for_es384", |key| key["alg"] = json!("ES384")),
        ed25519("has_a_strangers_ed25519_key", |key| *key = keys().strangers()[1].clone()),
        ed25519("has_a_key_for_agreement", |key| key["crv"] = json!("X25519")),
        ed25519("has_a_short_ed25519_key", |key| key["x"] = json!(encode(&[1; 31]))),
        ed25519("has_the_small_order_point", |key| key["x"] = json!(encode(&[0; 32]))),
    ]
}

/// Keys that would verify, and are too weak to be believed.
fn weak_keys() -> Vec<Misbehaviour> {
    let weak_signature = || {
        token(|token| {
            token.header["kid"] = json!("weak");
            token.signer = Signer::Weak;
        })
    };
    let rsa = |name: &str, edit: fn(&mut Value)| {
        key_set("D2", name, move |set| edit(&mut set["keys"][0])).mentions("signature")
    };
    vec![
        rsa("has_an_rsa_key_of_1024_bits", |key| *key = keys().weak()).and(Place::IdToken, weak_signature()),
        rsa("has_a_short_rsa_key_with_zeros_before_it", |key| {
            let short = keys().weak();
            let octets =
                keyward::protocol::base64url::decode(short["n"].as_str().unwrap_or_default()).unwrap_or_default();
            *key = short;
            key["n"] = json!(encode(&[vec![0; 128], octets].concat()));
        })
        .and(Place::IdToken, weak_signature()),
        rsa("has_the_exponent_one", |key| key["e"] = json!("AQ")),
        rsa("has_an_even_exponent", |key| key["e"] = json!("BA")),
        rsa("has_the_exponent_zero", |key| key["e"] = json!("AA")),
        rsa("has_an_empty_modulus", |key| key["n"] = json!("")),
    ]
}
