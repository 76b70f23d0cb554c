//! What looks odd and is allowed, or is seen at providers as they are: signing in and refreshing work.

use super::{Change, Edit, Misbehaviour, Params, Phase, Place, answer, json as edit_json, params, snake, token};
use crate::id_token::remove;
use crate::keys::{ALGORITHMS, Keys, encode};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn all() -> Vec<Misbehaviour> {
    [metadata(), key_sets(), callbacks(), token_responses(), id_tokens(), user_info()].concat()
}

fn works(requirement: &'static str, name: impl Into<String>, place: Place, edit: Edit) -> Misbehaviour {
    let mut harmless = Misbehaviour::new(requirement, name, place, edit).phase(Phase::Never);
    harmless.expect.code = None;
    harmless
}

fn metadata() -> Vec<Misbehaviour> {
    let says = |requirement, name: &str, edit: fn(&mut Value)| {
        works(requirement, format!("metadata_{name}"), Place::Discovery, edit_json(edit))
    };
    vec![
        says("K1", "lists_plain_too", |metadata| {
            metadata["code_challenge_methods_supported"] = json!(["plain", "S256"])
        }),
        says("B4", "lists_no_challenge_methods", |metadata| remove(metadata, "code_challenge_methods_supported")),
        says("B4", "has_null_for_challenge_methods", |metadata| {
            metadata["code_challenge_methods_supported"] = json!(null)
        }),
        says("K1", "lists_no_public_clients", |metadata| {
            metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic", "private_key_jwt"]);
        }),
        says("B4", "is_sparse", |metadata| {
            let needed = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"];
            if let Some(members) = metadata.as_object_mut() {
                members.retain(|name, _| needed.contains(&name.as_str()));
            }
        })
        .and(Place::Callback, params(|list| list.retain(|(name, _)| name != "iss"))),
        says("K4", "promises_no_iss", |metadata| remove(metadata, "authorization_response_iss_parameter_supported"))
            .and(Place::Callback, params(|list| list.retain(|(name, _)| name != "iss"))),
        says("K4", "promises_no_iss_and_sends_it", |metadata| {
            metadata["authorization_response_iss_parameter_supported"] = json!(false);
        }),
        says("K4", "names_no_revocation_and_no_logout", |metadata| {
            remove(metadata, "revocation_endpoint");
            remove(metadata, "end_session_endpoint");
        }),
        says("K1", "has_members_that_nobody_knows", |metadata| {
            metadata["__proto__"] = json!({ "issuer": "https://evil.example" });
            metadata["constructor"] = json!({ "prototype": 1 });
            metadata["mtls_endpoint_aliases"] = json!({ "token_endpoint": "http://evil.example" });
            metadata["x_unknown"] = json!([1, { "a": null }]);
        }),
        says("K1", "has_nulls", |metadata| {
            metadata["userinfo_endpoint"] = json!(null);
            metadata["registration_endpoint"] = json!(null);
        }),
        says("D2", "lists_no_algorithms", |metadata| remove(metadata, "id_token_signing_alg_values_supported")),
        says("D2", "lists_unknown_algorithms_too", |metadata| {
            metadata["id_token_signing_alg_values_supported"] = json!(["none", "HS256", "RS256", "ML-DSA-65"]);
        }),
        says("B1", "has_endpoints_with_queries_of_their_own", |metadata| {
            for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
                let url = format!("{}?tenant=a%20b&flag", metadata[endpoint].as_str().unwrap_or_default());
                metadata[endpoint] = json!(url);
            }
        }),
        works(
            "B1",
            "metadata_is_where_rfc_8414_has_it",
            Place::OpenidConfiguration,
            answer(|answer| answer.status = 404),
        ),
        works("K1", "metadata_is_called_text", Place::Discovery, answer(|answer| called(answer, "text/plain"))),
    ]
}

fn key_sets() -> Vec<Misbehaviour> {
    let set = |requirement, name: &str, edit: fn(&mut Vec<Value>)| {
        let edit = edit_json(move |set: &mut Value| {
            if let Some(keys) = set["keys"].as_array_mut() {
                edit(keys);
            }
        });
        works(requirement, format!("key_set_{name}"), Place::Jwks, edit)
    };
    let without_kid = || token(|token| remove(&mut token.header, "kid"));
    vec![
        set("K1", "has_an_encryption_key", |keys| {
            let mut key = keys[0].clone();
            key["use"] = json!("enc");
            keys.insert(0, key);
        }),
        set("K1", "has_keys_without_alg_and_use", |keys| {
            for key in keys {
                remove(key, "alg");
                remove(key, "use");
            }
        }),
        set("B3", "has_keys_of_unknown_kind", |keys| {
            keys.insert(0, json!({ "kty": "AKP", "kid": "rsa", "alg": "ML-DSA-65", "pub": encode(&[1; 64]) }));
            keys.insert(0, json!({ "kty": "oct", "kid": "rsa", "k": encode(b"secret") }));
            keys.insert(0, json!({ "kty": "OKP", "crv": "X25519", "kid": "rsa", "x": encode(&[2; 32]) }));
            keys.insert(0, json!("not a key"));
            keys.insert(0, json!(null));
        }),
        set("B3", "has_a_broken_key_first", |keys| {
            keys.insert(0, json!({ "kty": "RSA", "kid": "rsa", "n": "!", "e": "AQAB" }))
        }),
        set("B3", "has_two_keys_of_one_name", |keys| {
            let mut other = crate::keys::keys().strangers()[0].clone();
            other["kid"] = json!("rsa");
            keys.insert(0, other);
        }),
        set("B3", "has_keys_without_names", |keys| keys.iter_mut().for_each(|key| remove(key, "kid")))
            .and(Place::IdToken, without_kid())
            .and(Place::RefreshedIdToken, without_kid()),
        set("B3", "is_asked_for_no_name", |_| {})
            .and(Place::IdToken, without_kid())
            .and(Place::RefreshedIdToken, without_kid()),
        set("B3", "has_a_strangers_key_first_and_no_name_is_asked_for", |keys| {
            let mut stranger = crate::keys::keys().strangers()[0].clone();
            stranger["kid"] = json!("stranger");
            keys.insert(0, stranger);
        })
        .and(Place::IdToken, token(|token| token.signed_with("ES256")))
        .and(Place::IdToken, without_kid()),
        set("B3", "has_operations_and_certificates", |keys| {
            for key in keys {
                key["key_ops"] = json!(["verify", "sign"]);
                key["x5c"] = json!(["MIIB"]);
                key["x5t"] = json!("AA");
            }
        }),
        set("B3", "has_private_members", |keys| keys[0]["d"] = json!("AQAB")),
    ]
}

fn callbacks() -> Vec<Misbehaviour> {
    let callback = |requirement, name: &str, edit: fn(&mut Vec<(String, String)>)| {
        works(requirement, format!("callback_{name}"), Place::Callback, params(edit))
    };
    vec![
        callback("K1", "has_a_session_state", |list| list.push(("session_state".to_owned(), "a.b".to_owned()))),
        callback("K1", "has_a_scope_and_more", |list| {
            list.push(("scope".to_owned(), "openid".to_owned()));
            list.push(("hd".to_owned(), "example.com".to_owned()));
            list.push(("response".to_owned(), String::new()));
        }),
        callback("K1", "is_in_another_order", |list| list.reverse()),
        Misbehaviour {
            changes: vec![Change {
                place: Place::Callback,
                edit: Edit::Params(Arc::new(|params: &mut Params| {
                    params.list.push(("ui".to_owned(), "ä&=#".to_owned()))
                })),
            }],
            ..callback("K1", "has_strange_letters", |_| {})
        },
    ]
}

fn token_responses() -> Vec<Misbehaviour> {
    let both = |requirement, name: &str, edit: fn(&mut Value)| {
        works(requirement, format!("token_response_{name}"), Place::Token, edit_json(edit))
            .and(Place::Refresh, edit_json(edit))
    };
    let text = |answer: &mut crate::answer::Answer| called(answer, "text/html; charset=utf-8");
    vec![
        both("K1", "has_a_small_bearer", |body| body["token_type"] = json!("bearer")),
        both("C1", "has_a_large_bearer", |body| body["token_type"] = json!("BEARER")),
        both("C1", "has_members_that_nobody_knows", |body| {
            body["__proto__"] = json!({ "access_token": "at-of-a-prototype" });
            body["constructor"] = json!(1);
            body["not_before_policy"] = json!(0);
            body["error"] = json!(null);
        }),
        both("C1", "has_nulls", |body| {
            body["scope"] = json!(null);
            body["authorization_details"] = json!(null);
        }),
        both("C2", "has_a_string_for_a_lifetime", |body| body["expires_in"] = json!("300")),
        both("C2", "has_a_fraction_of_a_lifetime", |body| body["expires_in"] = json!(299.5)),
        both("C2", "has_no_lifetime", |body| remove(body, "expires_in")),
        both("C2", "has_null_for_a_lifetime", |body| body["expires_in"] = json!(null)),
        both("C2", "has_words_for_a_lifetime", |body| body["expires_in"] = json!("soon")),
        both("C2", "has_an_absurd_lifetime", |body| body["expires_in"] = json!(1e300)),
        both("C2", "has_true_for_a_lifetime", |body| body["expires_in"] = json!(true)),
        both("C2", "has_a_list_for_a_lifetime", |body| body["expires_in"] = json!([300])),
        both("C2", "has_a_lifetime_of_zero", |body| body["expires_in"] = json!(0)),
        both("C1", "has_a_list_for_a_scope", |body| body["scope"] = json!(["openid", "offline_access"])),
        both("C1", "has_white_space_after_its_tokens", |body| {
            for token in ["access_token", "refresh_token", "id_token"] {
                body[token] = json!([body[token].as_str().unwrap_or_default(), " \r\n"].concat());
            }
        }),
        works("C1", "token_response_is_called_created", Place::Token, answer(|answer| answer.status = 201))
            .and(Place::Refresh, answer(|answer| answer.status = 201)),
        works("K1", "token_response_is_called_html", Place::Token, answer(text)),
        works("K1", "refresh_response_has_no_id_token", Place::Refresh, edit_json(|body| remove(body, "id_token"))),
        works(
            "D4",
            "refresh_response_has_an_empty_id_token",
            Place::Refresh,
            edit_json(|body| body["id_token"] = json!("")),
        ),
        works(
            "E11",
            "refresh_response_has_no_refresh_token",
            Place::Refresh,
            edit_json(|body| remove(body, "refresh_token")),
        ),
        works("E11", "refresh_response_has_no_scope", Place::Refresh, edit_json(|body| remove(body, "scope"))),
    ]
}

fn id_tokens() -> Vec<Misbehaviour> {
    let both = |requirement, name: &str, edit: fn(&mut crate::id_token::IdToken)| {
        works(requirement, format!("id_token_{name}"), Place::IdToken, token(edit))
            .and(Place::RefreshedIdToken, token(edit))
    };
    let mut all: Vec<Misbehaviour> = Vec::new();
    for algorithm in ALGORITHMS {
        let signed = move |token: &mut crate::id_token::IdToken| token.signed_with(algorithm);
        let name = format!("id_token_is_signed_with_{}", snake(algorithm));
        all.push(works("K1", name, Place::IdToken, token(signed)).and(Place::RefreshedIdToken, token(signed)));
    }
    all.extend([
        both("K1", "has_a_list_of_one_audience", |token| token.claims["aud"] = json!([token.claims["aud"].clone()])),
        both("K1", "has_a_fraction_of_auth_time", |token| {
            token.claims["auth_time"] = json!(token.claims["auth_time"].as_f64().unwrap_or_default() + 0.123);
        }),
        both("K1", "has_fractions_of_every_time", |token| {
            token.claims["exp"] = json!(token.claims["exp"].as_f64().unwrap_or_default() + 0.5);
            token.claims["iat"] = json!(token.claims["iat"].as_f64().unwrap_or_default() + 0.5);
        }),
        both("D1", "has_an_azp", |token| token.claims["azp"] = token.claims["aud"].clone()),
        both("D1", "has_an_nbf", |token| token.claims["nbf"] = token.time(0)),
        both("D1", "is_from_a_clock_half_a_minute_ahead", |token| {
            token.claims["iat"] = token.time(30);
            token.claims["nbf"] = token.claims["iat"].clone();
        }),
        both("D1", "has_no_at_hash", |token| token.without("at_hash")),
        both("D1", "has_no_auth_time", |token| token.without("auth_time")),
        both("D2", "has_no_typ", |token| remove(&mut token.header, "typ")),
        both("D2", "is_typed_in_small_letters", |token| token.header["typ"] = json!("jwt")),
        both("D2", "is_typed_as_a_media_type", |token| token.header["typ"] = json!("application/jwt")),
        both("D2", "has_a_thumbprint_in_its_header", |token| token.header["x5t"] = json!("AA")),
        both("K1", "has_claims_that_nobody_knows", |token| {
            token.claims["__proto__"] = json!({ "sub": "mallory" });
            token.claims["_claim_sources"] = json!({ "src1": { "endpoint": "https://evil.example/" } });
            token.claims["realm_access"] = json!({ "roles": ["a"] });
        }),
        works("K1", "refreshed_id_token_has_no_nonce", Place::RefreshedIdToken, token(|token| token.without("nonce"))),
        works(
            "K1",
            "refreshed_id_token_has_a_rounded_auth_time",
            Place::IdToken,
            token(|token| {
                token.claims["auth_time"] = json!(token.claims["auth_time"].as_f64().unwrap_or_default() + 0.4);
            }),
        ),
        works(
            "K1",
            "refreshed_id_token_is_of_another_key",
            Place::RefreshedIdToken,
            token(|token| {
                token.signed_with("ES384");
                debug_assert_eq!(Keys::kid("ES384"), "p384");
            }),
        ),
    ]);
    all
}

fn user_info() -> Vec<Misbehaviour> {
    let d5 = |name: String, edit: Edit| works("D5", format!("user_info_{name}"), Place::UserInfo, edit);
    let mut all: Vec<Misbehaviour> = Vec::new();
    for algorithm in ALGORITHMS {
        let signed = token(move |token: &mut crate::id_token::IdToken| token.signed_with(algorithm));
        all.push(d5(format!("is_signed_with_{}", snake(algorithm)), signed));
    }
    let plain = |name: &str, edit: fn(&mut Value)| d5(name.to_owned(), edit_json(edit));
    let signed = |name: &str, edit: fn(&mut crate::id_token::IdToken)| d5(format!("signed_{name}"), token(edit));
    all.extend([
        plain("has_the_sub_alone", |claims| *claims = json!({ "sub": claims["sub"] })),
        plain("has_members_that_nobody_knows", |claims| {
            claims["__proto__"] = json!({ "sub": "mallory" });
            claims["constructor"] = json!(1);
            claims["address"] = json!({ "country": "DE", "nothing": null });
        }),
        plain("says_who_issued_it", |claims| claims["iss"] = json!("https://another.example")),
        d5("is_called_text".to_owned(), answer(|answer| called(answer, "text/plain"))),
        signed("has_a_list_of_one_audience", |token| token.claims["aud"] = json!([token.claims["aud"].clone()])),
        signed("has_times", |token| {
            token.claims["iat"] = token.time(0);
            token.claims["exp"] = token.time(60);
        }),
        signed("has_no_kid", |token| remove(&mut token.header, "kid")),
        d5("signed_is_called_json".to_owned(), token(|_| {}))
            .and(Place::UserInfo, answer(|answer| called(answer, "application/json"))),
        signed("with_an_algorithm_that_the_metadata_lists", |_| {}).and(
            Place::Discovery,
            edit_json(|metadata| metadata["userinfo_signing_alg_values_supported"] = json!(["none", "RS256"])),
        ),
    ]);
    all
}

fn called(answer: &mut crate::answer::Answer, content_type: &str) {
    answer.headers.retain(|(name, _)| *name != "Content-Type");
    answer.headers.push(("Content-Type", content_type.to_owned()));
}
