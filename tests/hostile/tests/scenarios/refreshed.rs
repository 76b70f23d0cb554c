//! What an ID token that comes with a refresh may say, and what comes of it (D4).

use crate::stage::{APP, App, Tab, at};
use hostile_tests::id_token::IdToken;
use hostile_tests::keys::Signer;
use hostile_tests::{Change, Place};
use keyward::{ErrorCode, Json, SignInOptions, Status};
use serde_json::json;

type Edit = fn(&mut IdToken);

fn claims(tab: &Tab) -> Option<Json> {
    tab.client.state().session.as_ref().and_then(|session| session.claims.clone())
}

fn refreshed(edit: Edit) -> Change {
    Change::token(Place::RefreshedIdToken, move |token| {
        token.claims["name"] = json!("of the refresh");
        edit(token);
    })
}

pub(super) fn d4_what_is_not_taken_leaves_the_claims_and_the_log_says_why() {
    let odd: [(&str, Edit); 9] = [
        ("`azp`", |token| token.claims["azp"] = json!("another-client")),
        ("`nonce`", |token| token.claims["nonce"] = json!("another")),
        ("`auth_time`", |token| token.claims["auth_time"] = token.time(25)),
        ("`auth_time`", |token| token.claims["auth_time"] = token.time(-86_400)),
        ("`exp`", |token| token.claims["exp"] = token.time(-86_400)),
        ("`iat`", |token| token.claims["iat"] = token.time(-86_400)),
        ("`iat`", |token| token.claims["iat"] = json!(null)),
        ("`acr`", |token| token.claims["acr"] = json!(1)),
        ("signature", |token| {
            token.signed_with("ES256");
            token.header["kid"] = json!("to-come");
            token.signer = Signer::Stranger("ES256");
        }),
    ];
    for (number, (why, edit)) in odd.into_iter().enumerate() {
        let (app, provider) = App::with(&format!("d4~odd-{number}"));
        let tab = app.signed_in("main", "alice");
        let (before, first) = (claims(&tab), tab.token("main").expect("a token"));
        provider.change_to(vec![refreshed(edit)]);
        let second = tab.new_token("main").expect("the tokens are taken");
        assert_ne!(first, second);
        assert_eq!(provider.token_requests("refresh_token").len(), 1);
        assert_eq!((claims(&tab), tab.client.state().status()), (before.clone(), Status::SignedIn), "{why}");
        assert_eq!(tab.event_names(), ["signedIn", "tokenRefreshed"], "{why}");
        let logged = app
            .shown
            .borrow()
            .iter()
            .filter(|entry| entry.contains("refreshed_id_token_not_taken"))
            .cloned()
            .collect::<Vec<_>>();
        let [entry] = logged.as_slice() else { panic!("{why}: {logged:?}") };
        assert!(entry.contains(why) && entry.contains("\"main\"") && entry.contains("Warn"), "{why}: {entry}");
        app.shows_no_secret();
        // The next one is taken as if nothing had been, also by another page.
        provider.change_to(vec![refreshed(|_| {})]);
        let reloaded = app.load(APP);
        assert_eq!(claims(&reloaded), before, "{why}");
        reloaded.new_token("main").expect("the refresh works");
        assert_eq!(
            claims(&reloaded).and_then(|claims| claims.str("name").map(str::to_owned)).as_deref(),
            Some("of the refresh")
        );
    }
}

pub(super) fn d4_what_contradicts_the_session_ends_it_and_says_what() {
    let contradictions: [(&str, ErrorCode, Edit); 7] = [
        ("sub", ErrorCode::SubjectMismatch, |token| token.claims["sub"] = json!("mallory")),
        ("`iss`", ErrorCode::InvalidIdToken, |token| token.claims["iss"] = json!("https://evil.example")),
        ("`aud`", ErrorCode::InvalidIdToken, |token| token.claims["aud"] = json!("another")),
        ("`aud`", ErrorCode::InvalidIdToken, |token| token.claims["aud"] = json!(["app", "another"])),
        ("`at_hash`", ErrorCode::InvalidIdToken, |token| token.claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ("signature", ErrorCode::InvalidIdToken, |token| {
            token.signed_with("ES256");
            token.signer = Signer::Stranger("ES256");
        }),
        ("`alg`", ErrorCode::InvalidIdToken, |token| token.header["alg"] = json!("none")),
    ];
    for (number, (what, cause, edit)) in contradictions.into_iter().enumerate() {
        let (app, provider) = App::with(&format!("d4~ends-{number}"));
        let tab = app.signed_in("main", "alice");
        provider.change_to(vec![refreshed(edit)]);
        let error = tab.new_token("main").expect_err("the session ends");
        let expected = if cause == ErrorCode::SubjectMismatch { cause } else { ErrorCode::ReauthRequired };
        assert_eq!(error.code, expected, "{what}");
        assert!(error.message.contains(what) && !error.message.contains("the provider ended"), "{error}");
        let state = tab.client.state();
        assert_eq!(state.status(), Status::ReauthRequired);
        let session = state.session.as_ref().expect("it is shown still");
        let kept = session.error.as_ref().expect("with its cause");
        assert_eq!((kept.code, kept.message.contains(what)), (cause, true), "{kept}");
        assert_eq!(tab.event_names(), ["signedIn", "reauthRequired"]);
        assert_eq!(provider.token_requests("refresh_token").len(), 1);
        app.shows_no_secret();
    }
}

pub(super) fn d4_with_a_max_age_another_time_of_authentication_ends_the_session() {
    for (ends, edit) in [
        (true, (|token| token.claims["auth_time"] = token.time(25)) as Edit),
        (true, |token| token.claims["auth_time"] = token.time(-200)),
        (true, |token| token.claims["auth_time"] = json!("now")),
        (false, |token| token.without("auth_time")),
        (false, |_| {}),
    ] {
        let (app, provider) = App::with(&format!("d4~max_age-{ends}"));
        let left = app.load(APP);
        let options =
            SignInOptions { max_age_seconds: Some(3_600), login_hint: Some("alice".to_owned()), ..at("main") };
        let url = app.go(&left, options).expect("the page is left");
        app.come_back(&url);
        provider.change_to(vec![refreshed(edit)]);
        // What was asked for is known to every page.
        let result = app.load(APP).new_token("main");
        assert_eq!(result.is_err(), ends, "{result:?}");
        assert!(result.err().is_none_or(|error| error.message.contains("`auth_time`")));
        provider.misbehave(false);
        app.signed_in("main", "alice");
    }
}
