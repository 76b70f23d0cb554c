//! Tokens that are odd, few or short-lived (C2, C3, E1, K4), and where they are (J2).

use crate::stage::{APP, App, at, code};
use hostile_tests::id_token::{IdToken, remove};
use hostile_tests::{Change, Place};
use keyward::client::config::IdTokenVerification;
use keyward::{ErrorCode, SignInOptions, Status};
use serde_json::{Value, json};

pub(super) fn c2_no_lifetime_starts_a_loop() {
    let lifetimes = [
        json!(0),
        json!(-5),
        json!("0"),
        json!("-1"),
        json!(0.001),
        json!(1),
        json!(1e300),
        json!("99999999999999999999"),
    ];
    for (number, lifetime) in lifetimes.into_iter().enumerate() {
        let (app, provider) = App::with(&format!("c2~{number}"));
        let edit = move |body: &mut Value| body["expires_in"] = lifetime.clone();
        provider.change_to(vec![Change::json(Place::Token, edit.clone()), Change::json(Place::Refresh, edit)]);
        let tab = app.signed_in("main", "alice");
        tab.page.wait(10 * 60_000);
        let refreshes = provider.token_requests("refresh_token").len();
        assert!(refreshes <= 20, "{refreshes} refreshes in ten minutes");
        assert!(tab.client.state().is_signed_in());
        // Callers make no loop either: one request each at the most, and a typed answer.
        for _ in 0..3 {
            let result = tab.token("main");
            assert!(result.is_ok() || code(result) == Some(ErrorCode::InvalidResponse));
        }
        assert!(provider.token_requests("refresh_token").len() <= refreshes + 3);
    }
}

pub(super) fn d1_without_signatures_the_claims_are_checked_all_the_same() {
    let (mut app, provider) = App::with("d1~tls");
    app.config.providers[0].id_token_verification = IdTokenVerification::Tls;
    app.signed_in("main", "alice");
    type Wrong = (&'static str, fn(&mut IdToken));
    let wrong: [Wrong; 5] = [
        ("iss", |token| token.claims["iss"] = json!("https://evil.example")),
        ("aud", |token| token.claims["aud"] = json!("another")),
        ("nonce", |token| token.claims["nonce"] = json!("another")),
        ("exp", |token| token.claims["exp"] = token.time(-600)),
        ("alg", |token| token.header["alg"] = json!("none")),
    ];
    for (claim, edit) in wrong {
        provider.change_to(vec![Change::token(Place::IdToken, edit)]);
        let (_, result) = app.sign_in("main", "alice");
        let error = result.expect_err("refused");
        assert_eq!(error.code, ErrorCode::InvalidIdToken);
        assert!(error.message.contains(claim), "{error}");
    }
    // Those that were asked for beside the code exchange.
    assert!(provider.received_at("jwks").len() <= wrong.len());
    app.shows_no_secret();
}

pub(super) fn d1_what_the_app_asks_for_in_its_own_words_is_checked_too() {
    let (app, provider) = App::with("d1~own");
    let back = |name: &str, value: &str, edit: fn(&mut IdToken)| {
        provider.change_to(vec![Change::token(Place::IdToken, edit)]);
        let params = vec![(name.to_owned(), value.to_owned())];
        let left = app.load(APP);
        let url = app.go(&left, SignInOptions { params, ..at("main") }).expect("the page is left");
        let authorization = provider.received_at("authorize").pop().expect("the provider was asked");
        assert_eq!(authorization.query_value(name), Some(value));
        let tab = app.come_back(&url);
        let result = tab.result().expect("a response");
        assert_eq!(tab.client.state().is_signed_in(), result.is_ok());
        result.map(|_| ()).map_err(|error| {
            assert_eq!(error.code, ErrorCode::InvalidIdToken);
            assert!(app.origin.stored_under("keyward:session:").is_empty(), "nothing is stored");
            error.message.to_string()
        })
    };
    let essential = r#"{"id_token":{"acr":{"essential":true,"values":["phr","phrh"]}}}"#;
    let refused: [fn(&mut IdToken); 4] = [
        |token| token.without("acr"),
        |token| token.claims["acr"] = json!("pwd"),
        |token| token.claims["acr"] = json!("phr phrh"),
        |token| token.claims["acr"] = json!(["phr"]),
    ];
    for edit in refused {
        assert!(back("claims", essential, edit).expect_err("refused").contains("`acr`"));
    }
    let wish = r#"{"id_token":{"acr":{"values":["phr"]}}}"#;
    for (name, value) in [("claims", "no JSON"), ("claims", wish), ("acr_values", "phr")] {
        assert_eq!(back(name, value, |token| token.claims["acr"] = json!("pwd")), Ok(()), "{name} is a wish");
        app.signed_out("main");
    }
    assert_eq!(back("claims", essential, |token| token.claims["acr"] = json!("phrh")), Ok(()));
    app.signed_out("main");
    assert!(
        back("max_age", "300", |token| token.claims["auth_time"] = token.time(-3_600))
            .expect_err("refused")
            .contains("`auth_time`")
    );
    assert_eq!(back("max_age", "300", |token| token.claims["auth_time"] = token.time(-60)), Ok(()));
}

pub(super) fn c3_the_granted_scope_is_shown() {
    let (app, provider) = App::with("c3~narrower");
    provider.change_to(vec![Change::json(Place::Token, |body| body["scope"] = json!("openid"))]);
    let tab = app.signed_in("main", "alice");
    assert_eq!(tab.client.state().session.as_ref().expect("signed in").scope, ["openid"]);
    let reloaded = app.load(APP);
    assert_eq!(reloaded.client.state().session.as_ref().expect("signed in").scope, ["openid"]);
}

pub(super) fn c3_without_openid_no_id_token_is_needed() {
    let (mut app, provider) = App::with("c3~oauth");
    app.config.providers[0].scope = "api offline_access".into();
    let (tab, result) = app.sign_in("main", "alice");
    assert!(result.is_ok(), "{result:?}");
    assert!(tab.token("main").is_ok());
    assert_eq!(provider.received_at("authorize")[0].query_value("nonce"), None);
    assert!(provider.received_at("jwks").is_empty(), "there is nothing to verify");
    assert_eq!(tab.client.state().session.as_ref().expect("signed in").claims, None);
    app.shows_no_secret();
}

pub(super) fn e1_an_expired_token_is_never_handed_out() {
    let (app, provider) = App::with("e1~expired");
    let tab = app.signed_in("main", "alice");
    let first = tab.token("main").expect("a fresh token");
    provider.change_to(vec![Change::answer(Place::Refresh, |answer| answer.status = 503)]);
    app.origin.turn_clock(301_000);
    assert_eq!(code(tab.token("main")), Some(ErrorCode::TemporarilyUnavailable));
    assert!(tab.client.state().is_signed_in(), "the session is kept");
    // The provider is back; its 503 had taken the refresh token with it, so the session ends, and says so.
    provider.misbehave(false);
    app.origin.turn_clock(10 * 60_000);
    let token = tab.token("main");
    assert!(token.as_ref().is_ok_and(|token| *token != first) || code(token) == Some(ErrorCode::ReauthRequired));
    app.shows_no_secret();
}

pub(super) fn e10_a_clock_that_is_wrong_is_put_right_by_the_date_of_the_answer() {
    const YEAR: i64 = 365 * 86_400_000;
    for (name, offset) in [("behind", -YEAR), ("ahead", YEAR)] {
        let (app, provider) = App::with(&format!("e10~{name}"));
        let dated = |place| Change::answer(place, |answer| answer.dated(0));
        // Without `iat` of today nothing but the date tells the time.
        let odd = |place| Change::token(place, |token| token.claims["iat"] = token.time(-50));
        let both = vec![dated(Place::Token), dated(Place::Refresh), odd(Place::IdToken), odd(Place::RefreshedIdToken)];
        provider.change_to(both.clone());
        app.origin.turn_clock(offset);
        let tab = app.signed_in("main", "alice");
        assert!(tab.new_token("main").is_ok());
        // A token that is over is over by that date, whatever this machine's clock says: nothing of it is taken.
        let claims = tab.client.state().session.as_ref().expect("signed in").claims.clone();
        let over = Change::token(Place::RefreshedIdToken, |token| token.claims["exp"] = token.time(-120));
        provider.change_to([both, vec![over]].concat());
        assert!(tab.new_token("main").is_ok());
        assert_eq!(tab.client.state().session.as_ref().expect("signed in").claims, claims);
    }
}

pub(super) fn k4_without_a_refresh_token_the_session_ends_with_its_token() {
    let (app, provider) = App::with("k4~no_refresh");
    provider.change_to(vec![Change::json(Place::Token, |body| remove(body, "refresh_token"))]);
    let tab = app.signed_in("main", "alice");
    assert!(tab.token("main").is_ok());
    assert_eq!(code(tab.new_token("main")), Some(ErrorCode::NoRefreshToken));
    assert!(tab.token("main").is_ok(), "the token is valid still");
    tab.page.wait(310_000);
    assert_eq!(code(tab.token("main")), Some(ErrorCode::NoRefreshToken));
    assert_ne!(tab.client.state().status(), Status::SignedOut);
    assert!(provider.token_requests("refresh_token").is_empty());
    app.signed_in("main", "alice");
}

pub(super) fn j2_the_stored_secrets_are_in_no_other_place() {
    let (app, provider) = App::with("j2~places");
    let tab = app.signed_in("main", "alice");
    tab.new_token("main").expect("the refresh works");
    tab.show(&tab.client.state());
    tab.show(&*tab.events.borrow());
    app.shows_no_secret();
    // Codes and verifiers are spent and nowhere; the tokens are in the one record of the session.
    let stored = app.origin.stored();
    let holders = |secret: &str| {
        stored.iter().filter(|(_, value)| value.contains(secret)).map(|(key, _)| key.as_str()).collect::<Vec<_>>()
    };
    let mut kept = 0;
    for secret in provider.secrets() {
        let holders = holders(&secret);
        assert!(holders.len() <= 1 && holders.iter().all(|key| key.starts_with("keyward:session:")), "{holders:?}");
        kept += holders.len();
    }
    // The new access, refresh and ID token.
    assert_eq!(kept, 3);
    assert!(stored.keys().all(|key| !provider.secrets().iter().any(|secret| key.contains(secret))));
}
