//! Answers to a refresh token that change nothing, or end the session, but never let anything in.

use super::{Misbehaviour, Place, id_token, text, token, token as change};
use crate::id_token::IdToken;
use keyward::ErrorCode;
use serde_json::json;

pub(super) fn all() -> Vec<Misbehaviour> {
    let members = super::token::members(Place::Refresh, "refresh_response");
    let answers = super::token::answers(Place::Refresh, "refresh_response");
    let answers = answers.into_iter().map(|(misbehaviour, ends)| if ends { ended(misbehaviour) } else { misbehaviour });
    members.into_iter().chain(answers).chain(identities()).chain(refused_id_tokens()).collect()
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
        d4("has_an_azp_all_at_once", |token| token.claims["azp"] = token.claims["aud"].clone()),
        d4("has_an_earlier_auth_time", |token| token.claims["auth_time"] = token.time(-86_400)),
        d4("has_a_later_auth_time", |token| token.claims["auth_time"] = token.time(30)),
        d4("has_another_nonce", |token| token.claims["nonce"] = json!("B".repeat(43))),
        d4("has_an_empty_nonce", |token| token.claims["nonce"] = json!("")),
    ]
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
        broken("has_a_space_before_it", |token| token.insert(0, ' ')),
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
    let tables = [
        id_token::claims(place, "refreshed_id_token"),
        id_token::times(place, "refreshed_id_token"),
        id_token::headers(place, "refreshed_id_token"),
        shapes,
    ];
    tables
        .into_iter()
        .flatten()
        .map(|misbehaviour| {
            // The message is about the session; the reason is in the state.
            ended(misbehaviour).mentions("")
        })
        .collect()
}
