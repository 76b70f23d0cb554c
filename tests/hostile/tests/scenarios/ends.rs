//! What ends a session, when, and what is said about it (C4, D4, E1).

use crate::stage::{APP, App, Tab, code};
use hostile_tests::answer::Answer;
use hostile_tests::{Change, Place, Provider};
use keyward::{Error, ErrorCode, Status};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
/// The tokens of the provider are good for so long.
const LIFETIME: i64 = 5 * MINUTE;

fn refuse(provider: &Provider, status: u16, body: Value) {
    provider.keep_refresh_tokens();
    provider.change_to(vec![Change::answer(Place::Refresh, move |answer| *answer = Answer::json(status, &body))]);
}

fn cause(tab: &Tab) -> Option<Error> {
    tab.client.state().session.as_ref().and_then(|session| session.error.clone())
}

fn refreshes(provider: &Provider) -> usize {
    provider.token_requests("refresh_token").len()
}

pub(super) fn c4_a_session_that_is_refused_for_minutes_is_not_shown_as_signed_in_for_ever() {
    let errors = [
        (400, json!({ "error": "invalid_request", "error_description": "session not found" })),
        (401, json!({ "error": "invalid_client" })),
        (400, json!({ "error": "unauthorized_client" })),
        (200, json!({ "token_type": "Bearer" })),
    ];
    for (number, (status, body)) in errors.into_iter().enumerate() {
        let (app, provider) = App::with(&format!("c4~refused~{number}"));
        let tab = app.signed_in("main", "alice");
        refuse(&provider, status, body.clone());
        tab.page.wait(LIFETIME - 5_000);
        assert!(tab.token("main").is_ok(), "{body}: the token is good to its end");
        assert_eq!((tab.client.state().status(), refreshes(&provider)), (Status::SignedIn, 1), "{body}");
        tab.page.wait(5_000);
        // Whoever asks within the pause is told the same, without a request.
        for _ in 0..3 {
            let told = code(tab.token("main"));
            let expected = if status == 200 { ErrorCode::InvalidResponse } else { ErrorCode::TokenEndpoint };
            assert_eq!((told, refreshes(&provider)), (Some(expected), 1), "{body}");
        }
        tab.page.wait(3 * MINUTE);
        assert_eq!((tab.client.state().status(), refreshes(&provider)), (Status::ReauthRequired, 2), "{body}");
        assert_eq!(tab.event_names(), ["signedIn", "refreshFailed", "reauthRequired"], "{body}");
        let said = cause(&tab).expect("the cause is kept").oauth.as_ref().map(|oauth| oauth.error.clone());
        assert_eq!(said.as_deref(), body["error"].as_str(), "in the provider's own words");
        assert_eq!(code(tab.token("main")), Some(ErrorCode::ReauthRequired), "{body}");
        // It stays so, in every tab, and the provider is left in peace.
        let other = app.load(APP);
        tab.page.wait(60 * MINUTE);
        assert_eq!((other.client.state().status(), refreshes(&provider)), (Status::ReauthRequired, 2), "{body}");
        provider.misbehave(false);
        app.signed_in("main", "alice");
        app.shows_no_secret();
    }
}

pub(super) fn c4_what_a_gateway_says_for_hours_ends_no_session() {
    for (number, status) in [401, 403].into_iter().enumerate() {
        let (app, provider) = App::with(&format!("c4~gateway~{number}"));
        let tab = app.signed_in("main", "alice");
        refuse(&provider, status, json!({ "message": "Unauthorized" }));
        tab.page.wait(60 * MINUTE);
        assert_eq!((tab.client.state().status(), cause(&tab)), (Status::SignedIn, None));
        assert_eq!(code(tab.token("main")), Some(ErrorCode::TemporarilyUnavailable));
        assert!((10..40).contains(&refreshes(&provider)), "it goes on with pauses: {}", refreshes(&provider));
        provider.misbehave(false);
        tab.page.wait(6 * MINUTE);
        app.shows_no_secret();
    }
}

pub(super) fn d4_a_refused_id_token_is_not_said_to_be_the_providers_doing() {
    let (app, provider) = App::with("d4~words");
    let tab = app.signed_in("main", "alice");
    provider.change_to(vec![Change::token(Place::RefreshedIdToken, |token| {
        token.claims["iss"] = json!("https://another.example");
    })]);
    let told = tab.new_token("main").expect_err("refused");
    let cause = cause(&tab).expect("the session is over");
    assert_eq!((told.code, cause.code), (ErrorCode::ReauthRequired, ErrorCode::InvalidIdToken));
    for error in [&told, &cause] {
        assert!(error.message.contains("ID token was refused") && error.message.contains("iss"), "{error}");
        assert!(!error.message.contains("provider ended"), "{error}");
    }
    app.shows_no_secret();
}

fn expires_in(seconds: i64) -> Vec<Change> {
    let bound = move |place| Change::token(place, move |token| token.claims["session_expiry"] = token.time(seconds));
    vec![bound(Place::IdToken)]
}

pub(super) fn e1_after_session_expiry_nothing_is_asked_for_or_handed_out() {
    for (name, background) in [("background", true), ("demand", false)] {
        let (mut app, provider) = App::with(&format!("e1~session_expiry~{name}"));
        app.config.auto_refresh = background;
        provider.change_to(expires_in(12 * 60));
        let (tab, other) = (app.signed_in("main", "alice"), app.load(APP));
        tab.page.wait(12 * MINUTE - 20_000);
        assert!(tab.token("main").is_ok());
        assert_eq!(tab.client.state().status(), Status::SignedIn);
        let before = refreshes(&provider);
        tab.page.wait(30_000);
        assert_eq!(tab.client.state().status(), Status::ReauthRequired, "{name}: by itself");
        for tab in [&other, &tab] {
            for result in [tab.token("main"), tab.new_token("main")] {
                let told = result.expect_err("it is over");
                assert_eq!(told.code, ErrorCode::ReauthRequired);
                assert!(told.message.contains("session_expiry"), "{told}");
            }
            assert_eq!(tab.client.state().status(), Status::ReauthRequired, "{name}: also where no timer fired");
        }
        tab.page.wait(60 * MINUTE);
        assert_eq!(refreshes(&provider), before, "{name}: no request after it");
        assert_eq!(tab.event_names().iter().filter(|name| **name == "reauthRequired").count(), 1);
        let reloaded = app.load(APP);
        assert_eq!(reloaded.client.state().status(), Status::ReauthRequired, "sticky");
        app.signed_in("main", "alice");
        app.shows_no_secret();
    }
}

pub(super) fn e10_session_expiry_is_measured_by_the_providers_clock() {
    const YEAR: i64 = 365 * 86_400_000;
    for (name, offset) in [("behind", -YEAR), ("ahead", YEAR)] {
        let (app, provider) = App::with(&format!("e10~session_expiry~{name}"));
        provider.change_to(expires_in(30 * 60));
        app.origin.turn_clock(offset);
        let tab = app.signed_in("main", "alice");
        tab.page.wait(29 * MINUTE);
        assert_eq!((tab.client.state().status(), tab.token("main").is_ok()), (Status::SignedIn, true), "{name}");
        tab.page.wait(2 * MINUTE);
        assert_eq!(tab.client.state().status(), Status::ReauthRequired, "{name}");
    }
}

pub(super) fn d1_a_session_that_is_over_at_its_sign_in_does_not_begin() {
    let (app, provider) = App::with("d1~session_expiry");
    type Edit = fn(&mut hostile_tests::id_token::IdToken);
    let odd: [(&str, Edit); 3] = [
        ("past", |token| token.claims["session_expiry"] = token.time(-1)),
        ("type", |token| token.claims["session_expiry"] = json!("1795219200")),
        ("negative", |token| token.claims["session_expiry"] = json!(-5)),
    ];
    for (name, edit) in odd {
        provider.change_to(vec![Change::token(Place::IdToken, edit)]);
        let (tab, result) = app.sign_in("main", "alice");
        let error = result.expect_err(name);
        assert_eq!((error.code, tab.client.state().status()), (ErrorCode::InvalidIdToken, Status::SignedOut), "{name}");
        assert!(error.message.contains("session_expiry"), "{error}");
        assert!(app.origin.stored_under("keyward:session:").is_empty(), "nothing is stored");
    }
    provider.misbehave(false);
    app.signed_in("main", "alice");
}
