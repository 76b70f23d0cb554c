//! Answers to a refresh token that change nothing, or end the session, but never let anything in.

use super::{Misbehaviour, Place, id_token, text, token, token as change};
use crate::id_token::IdToken;
use keyward::ErrorCode;
use serde_json::json;

pub(super) fn all() -> Vec<Misbehaviour> {
    let members = super::token::members(Place::Refresh, "refresh_response");
    let answers = super::token::answers(Place::Refresh, "refresh_response");
    let answers = answers.into_iter().map(|(misbehaviour, ends)| if ends { ended(misbehaviour) } else { misbehaviour });
    [members, answers.collect(), identities(), refused_id_tokens(), id_tokens_that_are_not_taken()].concat()
}

fn ended(misbehaviour: Misbehaviour) -> Misbehaviour {
    misbehaviour.code(ErrorCode::ReauthRequired).ends_session()
}

/// A refresh never changes who is signed in, nor how (OpenID Connect Core section 12.2).
fn identities() -> Vec<Misbehaviour> {
    let d4 = |name: &str, edit: fn(&mut IdToken)| {
        ended(Misbehaviour::new("D4", format!("refreshed_id_token_{name}"), Place::RefreshedIdToken, token(edit)))
    };
    vec![
        d4("is_about_another_user", |token| token.claims["sub"] = json!("mallory")).code(ErrorCode::SubjectMismatch),
        d4("is_about_a_user_in_other_letters", |token| token.claims["sub"] = json!("Alice"))
            .code(ErrorCode::SubjectMismatch),
        d4("is_about_a_user_with_a_space", |token| token.claims["sub"] = json!("alice "))
            .code(ErrorCode::SubjectMismatch),
        d4("is_for_another_client", |token| token.claims["aud"] = json!("another")).mentions("`aud`"),
        d4("is_of_another_issuer", |token| token.claims["iss"] = json!("https://evil.example")).mentions("`iss`"),
    ]
}

/// What says nothing against the user ends nothing: the tokens are taken, and the claims are those from before.
fn id_tokens_that_are_not_taken() -> Vec<Misbehaviour> {
    let place = Place::RefreshedIdToken;
    let d4 = |name: &str, edit: fn(&mut IdToken)| {
        Misbehaviour::new("D4", format!("refreshed_id_token_{name}"), place, token(edit))
    };
    let own = vec![
        d4("has_an_azp_all_at_once", |token| token.claims["azp"] = token.claims["aud"].clone()),
        d4("has_an_earlier_auth_time", |token| token.claims["auth_time"] = token.time(-86_400)),
        d4("has_a_later_auth_time", |token| token.claims["auth_time"] = token.time(30)),
        d4("has_another_nonce", |token| token.claims["nonce"] = json!("B".repeat(43))),
        d4("has_an_empty_nonce", |token| token.claims["nonce"] = json!("")),
        d4("is_older_than_the_one_before", |token| token.claims["iat"] = token.time(-3_600)),
        d4("is_signed_with_a_key_that_is_not_published_yet", |token| {
            token.signed_with("ES256");
            token.header["kid"] = json!("to-come");
            token.signer = crate::keys::Signer::Stranger("ES256");
        }),
    ];
    let odd = odd_claims().into_iter().chain(id_token::times(place, "refreshed_id_token"));
    own.into_iter().chain(odd).map(Misbehaviour::harmless).collect()
}

/// Those of the claims that do not say who, of whom and for whom.
fn odd_claims() -> Vec<Misbehaviour> {
    id_token::claims(Place::RefreshedIdToken, "refreshed_id_token").into_iter().filter(is_odd).collect()
}

fn is_odd(misbehaviour: &Misbehaviour) -> bool {
    let name = &misbehaviour.name;
    name.contains("_azp_") || name.contains("_acr_") || name.ends_with("_at_hash_is_a_number")
}

/// What would be refused at sign-in is refused here.
fn refused_id_tokens() -> Vec<Misbehaviour> {
    let place = Place::RefreshedIdToken;
    let broken = |name: &str, edit: fn(&mut String)| {
        Misbehaviour::new("D2", format!("refreshed_id_token_{name}"), place, text(edit))
    };
    let shapes = vec![
        broken("has_two_parts", |token| {
            *token = token.rsplit_once('.').map(|(start, _)| start.to_owned()).unwrap_or_default()
        }),
        broken("has_a_space_after_it", |token| token.push(' ')),
        broken("has_another_signature", |token| {
            token.truncate(token.len() - 20);
            *token += "AAAAAAAAAAAAAAAAAAAA";
        }),
        Misbehaviour::new(
            "D2",
            "refreshed_id_token_is_signed_by_a_stranger",
            place,
            change(|token| {
                token.signed_with("ES256");
                token.signer = crate::keys::Signer::Stranger("ES256");
            }),
        ),
    ];
    let claims = id_token::claims(place, "refreshed_id_token").into_iter().filter(|misbehaviour| !is_odd(misbehaviour));
    let tables = [claims.collect(), id_token::headers(place, "refreshed_id_token"), shapes];
    // What is said of the claim or the part is said here, too.
    tables.concat().into_iter().map(ended).collect()
}
