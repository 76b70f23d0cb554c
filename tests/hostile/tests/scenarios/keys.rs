//! What a provider publishes, and when it is asked for (B3).

use crate::stage::{App, code};
use hostile_tests::{Change, Place};
use keyward::ErrorCode;
use serde_json::json;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

pub(super) fn b3_metadata_and_keys_are_asked_for_once_a_day() {
    let (app, provider) = App::with("b3~cached");
    let asked = || (provider.received_at("openid-configuration").len(), provider.received_at("jwks").len());
    for _ in 0..3 {
        app.signed_in("main", "alice").new_token("main").expect("the refresh works");
    }
    assert_eq!(asked(), (1, 1));
    app.origin.turn_clock(DAY + MINUTE);
    app.signed_in("main", "alice");
    assert_eq!(asked(), (2, 2));
}

pub(super) fn b3_a_new_key_is_found_at_once() {
    let (app, provider) = App::with("b3~rotated");
    let without_p256 = |set: &mut serde_json::Value| set["keys"][1] = json!(null);
    provider.change_to(vec![Change::json(Place::Jwks, without_p256)]);
    app.signed_in("main", "alice");
    app.origin.turn_clock(2 * MINUTE);
    let with_p256 = |place| Change::token(place, |token| token.signed_with("ES256"));
    provider.change_to(vec![with_p256(Place::IdToken), with_p256(Place::RefreshedIdToken)]);
    let tab = app.signed_in("main", "alice");
    assert_eq!(provider.received_at("jwks").len(), 2);
    tab.new_token("main").expect("the refresh works");
    assert_eq!(provider.received_at("jwks").len(), 2);
}

pub(super) fn b3_a_new_key_is_found_soon_after_the_keys_were_fetched() {
    let (app, provider) = App::with("b3~rotated_early");
    provider.change_to(vec![Change::json(Place::Jwks, |set| set["keys"][1] = json!(null))]);
    let tab = app.signed_in("main", "alice");
    provider.change_to(vec![Change::token(Place::RefreshedIdToken, |token| token.signed_with("ES256"))]);
    app.origin.turn_clock(15_000);
    tab.new_token("main").expect("the refresh works");
    assert_eq!(provider.received_at("jwks").len(), 2);
    // Whatever comes next, the provider is not asked again at once.
    provider.change_to(vec![Change::token(Place::RefreshedIdToken, |token| token.header["kid"] = json!("unknown"))]);
    assert!(tab.new_token("main").is_err());
    assert_eq!(provider.received_at("jwks").len(), 2);
}

pub(super) fn b3_an_unknown_key_costs_one_request_a_sign_in() {
    let (app, provider) = App::with("b3~unknown");
    app.signed_in("main", "alice");
    provider.change_to(vec![Change::token(Place::IdToken, |token| token.header["kid"] = json!("unknown"))]);
    app.origin.turn_clock(2 * MINUTE);
    for attempts in 1..=4 {
        let (_, result) = app.sign_in("main", "alice");
        assert_eq!(code(result), Some(ErrorCode::InvalidIdToken));
        assert_eq!(provider.received_at("jwks").len(), 1 + attempts);
    }
}

pub(super) fn b3_a_refresh_does_without_keys_that_cannot_be_had() {
    let (app, provider) = App::with("b3~keys_down");
    let tab = app.signed_in("main", "alice");
    let claims = tab.client.state().session.as_ref().expect("signed in").claims.clone();
    app.origin.turn_clock(2 * MINUTE);
    provider.change_to(vec![
        Change::answer(Place::Jwks, |answer| answer.status = 500),
        Change::token(Place::RefreshedIdToken, |token| {
            token.header["kid"] = json!("not-yet-published");
            token.claims["name"] = json!("nobody has verified this");
        }),
    ]);
    assert!(tab.new_token("main").is_ok());
    assert_eq!(
        tab.client.state().session.as_ref().expect("signed in").claims,
        claims,
        "only what was verified is shown"
    );
}

pub(super) fn d4_another_user_is_noticed_though_the_keys_cannot_be_had() {
    let (app, provider) = App::with("d4~keys_down");
    let tab = app.signed_in("main", "alice");
    app.origin.turn_clock(2 * MINUTE);
    provider.change_to(vec![
        Change::answer(Place::Jwks, |answer| answer.status = 500),
        Change::token(Place::RefreshedIdToken, |token| {
            token.header["kid"] = json!("not-yet-published");
            token.claims["sub"] = json!("mallory");
        }),
    ]);
    assert_eq!(code(tab.new_token("main")), Some(ErrorCode::SubjectMismatch));
}

pub(super) fn d1_an_id_token_of_yesterday_is_refused_on_refresh() {
    let (app, provider) = App::with("d1~yesterday");
    let tab = app.signed_in("main", "alice");
    provider.change_to(vec![Change::token(Place::RefreshedIdToken, |token| {
        token.claims["exp"] = token.time(600 - 86_400);
        token.claims["iat"] = token.time(-86_400);
    })]);
    assert_eq!(code(tab.new_token("main")), Some(ErrorCode::ReauthRequired));
}

pub(super) fn b3_a_page_that_lives_for_days_asks_again() {
    let (app, provider) = App::with("b3~long_lived");
    let tab = app.signed_in("main", "alice");
    for days in 1..=3 {
        app.origin.turn_clock(DAY + MINUTE);
        tab.new_token("main").expect("the refresh works");
        assert_eq!(provider.received_at("openid-configuration").len(), 1 + days);
        assert_eq!(provider.received_at("jwks").len(), 1 + days);
    }
}
