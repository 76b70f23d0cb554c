//! What the UserInfo endpoint says, and what comes of it (D5).

use crate::stage::{APP, App, code, of};
use hostile_tests::answer::Answer;
use hostile_tests::id_token::remove;
use hostile_tests::{Change, Place};
use keyward::{AccountSelector, ErrorCode, Status};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) fn d5_the_claims_are_handed_out_and_the_verified_ones_stay() {
    let (app, provider) = App::with("d5~claims");
    let tab = app.signed_in("main", "alice");
    let verified = tab.client.state().session.as_ref().expect("signed in").claims.clone().expect("verified claims");
    provider.change_to(vec![Change::json(Place::UserInfo, |claims| {
        claims["iss"] = json!("https://evil.example");
        claims["auth_time"] = json!(1);
        claims["email"] = json!("new@example.com");
    })]);
    let state = tab.client.state();
    let claims = tab.user_info("main").expect("an answer");
    assert_eq!(claims.str("email"), Some("new@example.com"));
    assert_eq!(claims.str("iss"), Some("https://evil.example"), "as the endpoint says it, and no more than that");
    assert!(std::rc::Rc::ptr_eq(&state, &tab.client.state()), "the state is not touched");
    let reloaded = app.load(APP).client.state();
    assert_eq!(reloaded.session.as_ref().expect("signed in").claims, Some(verified));

    let asked = provider.received_at("userinfo");
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].query.len(), asked[0].form.len()), ("GET", 0, 0));
    assert_eq!(asked[0].bearer(), Some(&*tab.token("main").expect("a token")));
    assert_eq!(asked[0].header("cookie"), None);
    app.shows_no_secret();
}

pub(super) fn d5_claims_that_others_hold_are_not_fetched() {
    let (app, provider) = App::with("d5~others");
    let at = |name: &str| format!("{}/{name}", provider.issuer());
    let (distributed, aggregated) = (at("claims"), at("more"));
    provider.change_to(vec![Change::json(Place::UserInfo, move |claims| {
        claims["_claim_names"] = json!({ "address": "one", "phone_number": "two", "sub": "one" });
        claims["_claim_sources"] = json!({
            "one": { "endpoint": distributed, "access_token": "at-for-another" },
            "two": { "JWT": "e30.e30.AA", "endpoint": aggregated },
        });
        claims["picture"] = json!("https://evil.example/picture");
    })]);
    let tab = app.signed_in("main", "alice");
    let before = provider.received().len();
    let claims = tab.user_info("main").expect("an answer");
    assert!(claims.get("_claim_sources").is_some() && claims.get("address").is_none());
    tab.page.wait(60_000);
    let endpoints: Vec<String> = provider.received().into_iter().skip(before).map(|request| request.endpoint).collect();
    assert_eq!(endpoints, ["userinfo"]);
}

pub(super) fn d5_a_token_that_the_provider_took_back_is_replaced_once() {
    let (app, provider) = App::with("d5~refused");
    let refusals = AtomicUsize::new(0);
    provider.change_to(vec![Change::answer(Place::UserInfo, move |answer| {
        if refusals.fetch_add(1, Ordering::Relaxed) == 0 {
            *answer = Answer::error(401, "invalid_token");
        }
    })]);
    let tab = app.signed_in("main", "alice");
    let first = tab.token("main").expect("a token");
    assert_eq!(tab.user_info("main").expect("the second answer").str("sub"), Some("alice"));
    let second = tab.token("main").expect("a token");
    let asked = provider.received_at("userinfo");
    assert_eq!(asked.iter().map(|request| request.bearer()).collect::<Vec<_>>(), [Some(&*first), Some(&*second)]);
    assert_ne!(first, second);
    assert_eq!(provider.token_requests("refresh_token").len(), 1);
    app.shows_no_secret();
}

pub(super) fn d5_a_refused_token_that_cannot_be_replaced_is_said_so() {
    let (app, provider) = App::with("d5~final");
    let refused = || Change::answer(Place::UserInfo, |answer| *answer = Answer::error(401, "invalid_token"));
    let ended = Change::answer(Place::Refresh, |answer| *answer = Answer::error(400, "invalid_grant"));
    provider.change_to(vec![refused(), ended]);
    let tab = app.signed_in("main", "alice");
    assert_eq!(code(tab.user_info("main")), Some(ErrorCode::UserinfoFailed));
    assert_eq!(tab.client.state().status(), Status::ReauthRequired, "the session has ended");
    assert_eq!(provider.received_at("userinfo").len(), 1);

    provider.change_to(vec![refused(), Change::json(Place::Token, |body| remove(body, "refresh_token"))]);
    let tab = app.signed_in("main", "alice");
    let error = tab.user_info("main").expect_err("refused");
    assert_eq!(error.code, ErrorCode::UserinfoFailed, "there is nothing to refresh with: the refusal says more");
    assert_eq!(
        error.oauth.as_ref().map(|oauth| (oauth.error.as_str(), oauth.status)),
        Some(("invalid_token", Some(401)))
    );
    assert_eq!(provider.received_at("userinfo").len(), 2);
}

pub(super) fn d5_where_there_is_nothing_to_ask_or_to_compare_nothing_is_asked() {
    let (mut app, provider) = App::with("d5~nothing");
    provider.change_to(vec![Change::json(Place::Discovery, |metadata| remove(metadata, "userinfo_endpoint"))]);
    let tab = app.load(APP);
    assert_eq!(code(tab.user_info("main")), Some(ErrorCode::LoginRequired));
    assert_eq!(code(tab.user_info("other")), Some(ErrorCode::UnknownProvider));
    let tab = app.signed_in("main", "alice");
    let error = tab.user_info("main").expect_err("no endpoint");
    assert_eq!((error.code, error.provider.as_deref()), (ErrorCode::Unsupported, Some("main")));
    assert!(error.message.contains("userinfo_endpoint"), "{error}");
    tab.client.close();
    assert_eq!(code(tab.user_info("main")), Some(ErrorCode::Closed));

    app.config.providers[0].scope = "api offline_access".into();
    let (tab, result) = app.sign_in("main", "alice");
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(code(tab.user_info("main")), Some(ErrorCode::Unsupported));
    assert!(provider.received_at("userinfo").is_empty());
}

pub(super) fn d5_each_account_is_asked_about_with_its_own_token() {
    let (app, provider) = App::with("d5~accounts");
    let alice = app.signed_in("main", "alice").token("main").expect("a token");
    let tab = app.signed_in("main", "bob");
    let of_user = |subject: &str| AccountSelector { subject: Some(subject.to_owned()), ..of("main") };
    for subject in ["alice", "bob"] {
        let claims = tab.page.run(tab.client.user_info(of_user(subject))).expect("an answer");
        assert_eq!(claims.str("sub"), Some(subject));
    }
    assert_eq!(code(tab.page.run(tab.client.user_info(of_user("carol")))), Some(ErrorCode::LoginRequired));
    let asked = provider.received_at("userinfo");
    assert_eq!((asked.len(), asked[0].bearer()), (2, Some(&*alice)));
}
