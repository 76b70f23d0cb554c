//! Metadata that must not be believed.

use super::{Edit, Misbehaviour, Phase, Place, Unusable, answer, instead, json, params, snake, token, unusable};
use crate::answer::Answer;
use crate::id_token::remove;
use keyward::ErrorCode;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<Misbehaviour> {
    [unanswered(), issuers(), endpoints(), flags(), algorithms()].concat()
}

fn metadata(
    requirement: &'static str,
    name: impl Into<String>,
    edit: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Misbehaviour {
    Misbehaviour::new(requirement, name, Place::Discovery, json(edit))
}

fn unanswered() -> Vec<Misbehaviour> {
    let b2 = |name: &str, edit: Edit| {
        Misbehaviour::new("B2", format!("metadata_is_{name}"), Place::Discovery, edit).code(ErrorCode::DiscoveryFailed)
    };
    let unusable = unusable().into_iter().map(|(name, edit, what)| match what {
        Unusable::Content | Unusable::Size => b2(name, edit),
        Unusable::Connection => b2(name, edit).code(ErrorCode::Network).mentions("CORS"),
        Unusable::Kept => b2(name, edit).code(ErrorCode::Network).mentions("allowed origins"),
        Unusable::Silence => b2(name, edit).code(ErrorCode::Timeout),
    });
    let statuses = [201, 204, 400, 401, 403, 404, 410, 429, 500, 502, 503];
    let statuses =
        statuses.map(|status| b2(&format!("answered_{status}"), answer(move |answer| answer.status = status)));
    let mut all: Vec<Misbehaviour> = unusable.chain(statuses).collect();
    all.push(b2("an_error", instead(Answer::error(400, "invalid_request"))));
    all
}

fn issuers() -> Vec<Misbehaviour> {
    let wrong = |name: &'static str, value: fn(&str) -> Value| {
        metadata("B1", format!("metadata_issuer_is_{name}"), move |metadata| {
            let issuer = metadata["issuer"].as_str().unwrap_or_default().to_owned();
            metadata["issuer"] = value(&issuer);
        })
        .mentions("issuer")
    };
    vec![
        metadata("B1", "metadata_issuer_is_missing", |metadata| remove(metadata, "issuer")).mentions("issuer"),
        wrong("anothers", |_| json!("https://evil.example")),
        wrong("with_a_slash_more", |issuer| json!(format!("{issuer}/"))),
        wrong("in_capitals", |issuer| json!(issuer.to_ascii_uppercase())),
        wrong("with_a_space", |issuer| json!(format!("{issuer} "))),
        wrong("with_a_query", |issuer| json!(format!("{issuer}?tenant=1"))),
        wrong("by_another_name_of_the_host", |issuer| json!(issuer.replace("127.0.0.1", "localhost"))),
        wrong("the_parent", |issuer| json!(issuer.rsplit_once('/').map_or("", |(parent, _)| parent))),
        wrong("empty", |_| json!("")),
        wrong("null", |_| json!(null)),
        wrong("a_number", |_| json!(1)),
        wrong("a_list", |issuer| json!([issuer])),
    ]
}

fn endpoints() -> Vec<Misbehaviour> {
    let nowhere = nowhere();
    let named = |endpoint: &'static str, name: &str, value: Value| {
        let what = format!("{endpoint}_is_{name}");
        metadata("B1", what, move |metadata| metadata[endpoint] = value.clone()).mentions(endpoint)
    };
    let mut all = Vec::new();
    for endpoint in ["authorization_endpoint", "token_endpoint"] {
        all.extend(nowhere.iter().map(|(name, value)| named(endpoint, name, value.clone())));
        all.push(
            metadata("B1", format!("{endpoint}_is_missing"), move |metadata| remove(metadata, endpoint))
                .mentions(endpoint),
        );
    }
    // An optional one that cannot be used counts as not named: it is missed where it is needed.
    for (name, value) in nowhere {
        let edit = move |metadata: &mut Value| metadata["jwks_uri"] = value.clone();
        let unusable = metadata("B1", format!("jwks_uri_is_{name}"), edit);
        all.push(unusable.phase(Phase::Return).token_requests(1).mentions("jwks_uri"));
    }
    let without_keys = metadata("B4", "jwks_uri_is_missing", |metadata| remove(metadata, "jwks_uri"));
    all.push(without_keys.phase(Phase::Return).token_requests(1).mentions("jwks_uri"));
    all
}

/// What is no endpoint.
pub(super) fn nowhere() -> [(&'static str, Value); 12] {
    [
        ("javascript", json!("javascript:alert(1)")),
        ("data", json!("data:text/html,<script>alert(1)</script>")),
        ("plain_http", json!("http://evil.example/")),
        ("with_userinfo", json!("https://user@evil.example/")),
        ("with_fragment", json!("https://evil.example/#")),
        ("relative", json!("/authorize")),
        ("without_scheme", json!("//evil.example/")),
        ("with_a_newline", json!("https://evil.example/\n")),
        ("with_a_backslash", json!("https://evil.example\\@127.0.0.1/")),
        ("empty", json!("")),
        ("a_number", json!(443)),
        ("a_list", json!(["https://evil.example/"])),
    ]
}

fn flags() -> Vec<Misbehaviour> {
    let methods = "code_challenge_methods_supported";
    let wrong = |requirement, member: &'static str, name: &str, value: Value| {
        metadata(requirement, format!("{member}_is_{name}"), move |metadata| metadata[member] = value.clone())
            .mentions(member)
    };
    vec![
        wrong("B4", methods, "plain_alone", json!(["plain"])),
        wrong("B4", methods, "empty", json!([])),
        wrong("B4", methods, "in_small_letters", json!(["s256"])),
        wrong("B4", methods, "numbers", json!([256])),
        // A promise is one whatever its type, and then it is to be kept.
        metadata("A5", "iss_is_promised_by_a_word_and_not_sent", |metadata| {
            metadata["authorization_response_iss_parameter_supported"] = json!("true");
        })
        .and(Place::Callback, params(|list| list.retain(|(name, _)| name != "iss")))
        .phase(Phase::Return)
        .code(ErrorCode::IssuerMismatch)
        .mentions("iss"),
    ]
}

/// The provider lists algorithms, and then uses another.
fn algorithms() -> Vec<Misbehaviour> {
    let listing = |name: &str, listed: Value, used: &'static str| {
        let what = format!("metadata_lists_{}_and_not_{}", name, snake(used));
        let member = "id_token_signing_alg_values_supported";
        metadata("D2", what, move |metadata| metadata[member] = listed.clone())
            .and(Place::IdToken, token(move |token| token.signed_with(used)))
            .phase(Phase::Return)
            .token_requests(1)
            .code(ErrorCode::InvalidIdToken)
            .mentions("alg")
    };
    vec![
        listing("rs256", json!(["RS256"]), "PS256"),
        listing("es256", json!(["ES256"]), "RS256"),
        listing("eddsa", json!(["EdDSA"]), "ES384"),
        listing("none", json!(["none"]), "RS256"),
        listing("hs256", json!(["HS256"]), "RS256"),
        listing("nothing", json!([]), "RS256"),
    ]
}
