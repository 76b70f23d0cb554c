//! Bodies that are not the plain UTF-8 that they should be: read as `Response.json()` reads them, so that a byte order
//! mark or a wrong octet in a member that nobody needs does no harm, and an error is understood.

use super::harmless::works;
use super::{Edit, Misbehaviour, Place, answer, instead, json as edit_json, nested};
use crate::answer::Answer;
use keyward::ErrorCode;
use serde_json::json;

/// `Sessão`, with the third vowel in Latin-1.
const LATIN_1: &[u8] = b"Sess\xe3o";
/// As deep as a document may be.
const DEEP: usize = 99;

pub(super) fn all() -> Vec<Misbehaviour> {
    let bodies = [
        (Place::Discovery, "metadata"),
        (Place::Jwks, "key_set"),
        (Place::Pushed, "pushed_response"),
        (Place::Token, "token_response"),
        (Place::Refresh, "refresh_response"),
        (Place::UserInfo, "user_info"),
    ];
    let bodies = bodies.into_iter().flat_map(|(place, what)| odd().map(|(name, edit)| read(place, what, name, edit)));
    bodies.chain([Place::Token, Place::Refresh].into_iter().flat_map(errors)).collect()
}

fn odd() -> [(&'static str, Edit); 4] {
    [
        ("begins_with_a_byte_order_mark", answer(|answer| marked(&mut answer.body))),
        ("has_an_octet_of_latin_1", answer(|answer| answer.body = with_member(&answer.body, LATIN_1))),
        ("has_a_character_cut_in_two", answer(|answer| answer.body = with_member(&answer.body, b"\xf0\x9f\x98"))),
        ("is_as_deep_as_it_may_be", answer(|answer| answer.body = nested(&answer.body, DEEP))),
    ]
}

fn read(place: Place, what: &str, name: &str, edit: Edit) -> Misbehaviour {
    let misbehaviour = works("B2", format!("{what}_{name}"), place, edit);
    if place != Place::Pushed {
        return misbehaviour;
    }
    let demands = |metadata: &mut serde_json::Value| metadata["require_pushed_authorization_requests"] = json!(true);
    misbehaviour.and(Place::Discovery, edit_json(demands))
}

/// What the provider says ends a session, however it spells its reason.
fn errors(place: Place) -> [Misbehaviour; 2] {
    let what = if place == Place::Token { "token_response" } else { "refresh_response" };
    let refused = |name: &str, body: Vec<u8>| {
        let answer = Answer::text(400, "application/json", body);
        let refused = Misbehaviour::new("C4", format!("{what}_is_invalid_grant_{name}"), place, instead(answer));
        if place == Place::Token {
            refused.code(ErrorCode::TokenEndpoint)
        } else {
            refused.code(ErrorCode::ReauthRequired).ends_session()
        }
    };
    let mut after_a_mark = br#"{"error":"invalid_grant"}"#.to_vec();
    marked(&mut after_a_mark);
    let in_latin_1 = [br#"{"error":"invalid_grant","error_description":""#, LATIN_1, br#" expirada"}"#].concat();
    [refused("after_a_byte_order_mark", after_a_mark), refused("in_latin_1", in_latin_1)]
}

fn marked(body: &mut Vec<u8>) {
    body.splice(..0, *b"\xef\xbb\xbf");
}

/// The document with a member that nobody knows.
fn with_member(document: &[u8], octets: &[u8]) -> Vec<u8> {
    [br#"{"x_note":""#, octets, br#"","#, document.get(1..).unwrap_or_default()].concat()
}
