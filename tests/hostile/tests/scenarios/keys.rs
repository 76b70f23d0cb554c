//! What a provider publishes, and when it is asked for (B3).

use crate::stage::{APP, App, Tab, code};
use hostile_tests::keys::{ALGORITHMS, Keys, Signer, keys};
use hostile_tests::{Change, Place};
use keyward::ErrorCode;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// One way to the provider and back less until somebody is signed in.
pub(super) fn b3_keys_are_asked_for_beside_the_code_exchange() {
    let (app, provider) = App::with("b3~beside");
    provider.change_to(vec![Change::json(Place::Token, |body| *body = json!({ "token_type": "Bearer" }))]);
    let (tab, result) = app.sign_in("main", "alice");
    assert_eq!(code(result), Some(ErrorCode::InvalidResponse));
    tab.page.wait(1_000);
    assert_eq!(provider.received_at("jwks").len(), 1, "it did not wait for a token to verify");
    provider.change_to(Vec::new());
    app.signed_in("main", "alice");
    assert_eq!(provider.received_at("jwks").len(), 1, "and what came is known");
}

pub(super) fn b3_a_sign_in_seconds_after_a_rotation_succeeds_with_every_algorithm() {
    for algorithm in ALGORITHMS {
        let (app, provider) = App::with(&format!("b3~rotated-{algorithm}"));
        let kid = Keys::kid(algorithm);
        let before = if kid == "p384" { "ES256" } else { "ES384" };
        let signed = |by: &'static str| {
            [Place::IdToken, Place::RefreshedIdToken]
                .map(|place| Change::token(place, move |token| token.signed_with(by)))
        };
        let not_yet = Change::json(Place::Jwks, move |set| {
            set["keys"].as_array_mut().expect("keys").retain(|key| key["kid"] != kid);
        });
        provider.change_to([signed(before).to_vec(), vec![not_yet]].concat());
        app.signed_in("main", "alice");
        provider.change_to(signed(algorithm).to_vec());
        let tab = app.signed_in("main", "alice");
        assert_eq!(provider.received_at("jwks").len(), 2, "{algorithm}");
        tab.new_token("main").expect("the refresh works");
        assert_eq!(provider.received_at("jwks").len(), 2, "{algorithm}: now it is known");
    }
}

pub(super) fn b3_a_refresh_finds_a_new_key_at_once_and_no_other_more_than_once_a_minute() {
    let (app, provider) = App::with("b3~rotated_early");
    provider.change_to(vec![Change::json(Place::Jwks, |set| set["keys"][1] = json!(null))]);
    let tab = app.signed_in("main", "alice");
    provider.change_to(vec![Change::token(Place::RefreshedIdToken, |token| {
        token.signed_with("ES256");
        token.claims["name"] = json!("of a new key");
    })]);
    tab.new_token("main").expect("the refresh works");
    assert_eq!(provider.received_at("jwks").len(), 2);
    assert_eq!(claim(&tab, "name").as_deref(), Some("of a new key"));
    provider.change_to(vec![by_stranger(Place::RefreshedIdToken, || "unknown".to_owned())]);
    for asked in [3, 3, 3] {
        tab.new_token("main").expect("the tokens are taken");
        assert_eq!(provider.received_at("jwks").len(), asked);
    }
    app.origin.turn_clock(MINUTE + 1_000);
    tab.new_token("main").expect("the tokens are taken");
    assert_eq!(provider.received_at("jwks").len(), 4, "by now it may be there");
    assert_eq!(claim(&tab, "name").as_deref(), Some("of a new key"));
}

pub(super) fn b3_a_key_that_was_not_brought_is_not_asked_for_again_within_a_minute_by_any_page() {
    let (app, provider) = App::with("b3~unknown");
    app.signed_in("main", "alice");
    provider.change_to(vec![by_stranger(Place::IdToken, || "unknown".to_owned())]);
    for _ in 0..3 {
        let (_, result) = app.sign_in("main", "alice");
        assert_eq!(code(result), Some(ErrorCode::InvalidIdToken));
        assert_eq!(provider.received_at("jwks").len(), 2);
    }
    app.origin.turn_clock(MINUTE + 1_000);
    assert!(app.sign_in("main", "alice").1.is_err());
    assert_eq!(provider.received_at("jwks").len(), 3);
}

pub(super) fn b3_made_up_names_cost_the_provider_five_requests_a_minute() {
    let (app, provider) = App::with("b3~made_up");
    let tab = app.signed_in("main", "alice");
    let made_up = |place| {
        let count = AtomicUsize::new(0);
        by_stranger(place, move || format!("made-up-{}", count.fetch_add(1, Ordering::Relaxed)))
    };
    provider.change_to(vec![made_up(Place::IdToken), made_up(Place::RefreshedIdToken)]);
    for _ in 0..6 {
        tab.new_token("main").expect("the tokens are taken");
    }
    for _ in 0..3 {
        assert!(app.sign_in("main", "alice").1.is_err());
        app.load(APP).new_token("main").expect("the tokens are taken");
    }
    assert_eq!(provider.received_at("jwks").len(), 1 + 5);
    // What is signed as it should be is not held up by it.
    provider.misbehave(false);
    app.signed_in("main", "alice").new_token("main").expect("the refresh works");
    assert_eq!(provider.received_at("jwks").len(), 1 + 5);
}

pub(super) fn b3_a_new_key_under_an_old_name_is_noticed() {
    let (app, provider) = App::with("b3~same_name");
    let strangers = |place| {
        Change::token(place, |token| {
            token.signed_with("ES256");
            token.signer = Signer::Stranger("ES256");
        })
    };
    let published = Change::json(Place::Jwks, |set| set["keys"][1] = keys().strangers()[0].clone());
    provider.change_to(vec![strangers(Place::IdToken), published]);
    let tab = app.signed_in("main", "alice");
    let own = |place| Change::token(place, |token| token.signed_with("ES256"));
    provider.change_to(vec![own(Place::IdToken), own(Place::RefreshedIdToken)]);
    tab.new_token("main").expect("the refresh works");
    let tab = app.signed_in("main", "alice");
    assert_eq!(provider.received_at("jwks").len(), 2);
    // Only what the keys of now contradict is refused.
    provider.change_to(vec![strangers(Place::RefreshedIdToken)]);
    let error = tab.new_token("main").expect_err("refused");
    assert_eq!(error.code, ErrorCode::ReauthRequired);
    assert!(error.message.contains("signature"), "{error}");
    assert_eq!(provider.received_at("jwks").len(), 3);
}

pub(super) fn b3_names_that_never_fit_cost_one_request_once() {
    let (app, provider) = App::with("b3~misnamed");
    provider.change_to(vec![Change::json(Place::Jwks, |set| set["keys"][0]["kid"] = json!("other"))]);
    for _ in 0..3 {
        app.signed_in("main", "alice").new_token("main").expect("the refresh works");
        assert_eq!(provider.received_at("jwks").len(), 2);
        app.origin.turn_clock(2 * MINUTE);
    }
}

pub(super) fn b3_a_known_key_under_another_name_does_while_the_keys_cannot_be_had() {
    let (app, provider) = App::with("b3~misnamed_down");
    app.signed_in("main", "alice");
    provider.change_to(vec![
        Change::answer(Place::Jwks, |answer| answer.status = 503),
        Change::token(Place::IdToken, |token| token.header["kid"] = json!("another")),
    ]);
    app.signed_in("main", "alice");
    assert_eq!(provider.received_at("jwks").len(), 2);
    provider.change_to(vec![
        Change::answer(Place::Jwks, |answer| answer.status = 503),
        by_stranger(Place::IdToken, || "another".to_owned()),
    ]);
    let (_, result) = app.sign_in("main", "alice");
    assert_eq!(code(result), Some(ErrorCode::DiscoveryFailed), "nothing is known about it");
}

/// Signed with a key that the provider has never published, under that name.
fn by_stranger(place: Place, name: impl Fn() -> String + Send + Sync + 'static) -> Change {
    Change::token(place, move |token| {
        token.signed_with("ES256");
        token.header["kid"] = json!(name());
        token.signer = Signer::Stranger("ES256");
        token.claims["name"] = json!("nobody has verified this");
    })
}

fn claim(tab: &Tab, name: &str) -> Option<String> {
    let state = tab.client.state();
    state.session.as_ref()?.claims.as_ref()?.str(name).map(str::to_owned)
}

pub(super) fn b3_a_refresh_does_without_keys_that_cannot_be_had() {
    let (app, provider) = App::with("b3~keys_down");
    let tab = app.signed_in("main", "alice");
    let claims = tab.client.state().session.as_ref().expect("signed in").claims.clone();
    app.origin.turn_clock(2 * MINUTE);
    provider.change_to(vec![
        Change::answer(Place::Jwks, |answer| answer.status = 500),
        by_stranger(Place::RefreshedIdToken, || "not-yet-published".to_owned()),
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
