//! Pushed authorization requests (H2, K6).

use super::proofs::proven;
use crate::stage::{APP, App, at, code};
use hostile_tests::{Change, Place, Provider};
use keyward::protocol::jwks::thumbprint;
use keyward::{ErrorCode, SignInOptions, Usage};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn pushing(path: &str) -> (App, Arc<Provider>) {
    let (mut app, provider) = App::with(path);
    app.config.providers[0].par = Usage::Always;
    (app, provider)
}

pub(super) fn h2_the_front_channel_carries_a_reference_and_nothing_else() {
    let (app, provider) = pushing("h2~pushed");
    app.signed_in("main", "alice");
    let visited = &provider.received_at("authorize")[0];
    let names: Vec<&str> = visited.query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    let pushed = &provider.received_at("par")[0];
    for name in
        ["response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "login_hint"]
    {
        assert!(pushed.form_value(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    assert_eq!(pushed.form_value("request_uri"), None);
    app.shows_no_secret();
}

pub(super) fn h2_auto_pushes_where_the_metadata_requires_it() {
    let (app, provider) = App::with("h2~auto");
    app.signed_in("main", "alice");
    assert!(provider.received_at("par").is_empty(), "offered is not demanded");
    let (app, provider) = App::with("h2~auto-required");
    let required = |body: &mut serde_json::Value| body["require_pushed_authorization_requests"] = json!(true);
    provider.change_to(vec![Change::json(Place::Discovery, required)]);
    app.signed_in("main", "alice");
    assert_eq!(provider.received_at("par").len(), 1);

    let (mut app, provider) = App::with("h2~never");
    app.config.providers[0].par = Usage::Never;
    provider.change_to(vec![Change::json(Place::Discovery, required)]);
    app.signed_in("main", "alice");
    assert!(provider.received_at("par").is_empty(), "the app knows better");
}

pub(super) fn h2_without_an_endpoint_nothing_is_sent_another_way() {
    let without = |body: &mut serde_json::Value| {
        body.as_object_mut().expect("an object").remove("pushed_authorization_request_endpoint");
        body["require_pushed_authorization_requests"] = json!(true);
    };
    for (usage, expected) in [(Usage::Always, ErrorCode::InvalidConfig), (Usage::Auto, ErrorCode::InvalidMetadata)] {
        let (mut app, provider) = App::with(&format!("h2~without-{usage:?}"));
        app.config.providers[0].par = usage;
        provider.change_to(vec![Change::json(Place::Discovery, without)]);
        let tab = app.load(APP);
        assert_eq!(code(app.go(&tab, at("main"))), Some(expected));
        assert_eq!(tab.page.navigated(), None);
        assert!(tab.event_names().contains(&"signInFailed"));
    }
}

pub(super) fn h2_what_the_endpoint_refuses_is_typed_and_sent_no_other_way() {
    let cases: [(u16, &str, ErrorCode); 4] = [
        (400, r#"{"error":"invalid_request","error_description":"no"}"#, ErrorCode::AuthorizationFailed),
        (503, "", ErrorCode::TemporarilyUnavailable),
        (201, "{}", ErrorCode::InvalidResponse),
        (404, "<html>", ErrorCode::InvalidResponse),
    ];
    for (index, (status, body, expected)) in cases.into_iter().enumerate() {
        let (mut app, provider) = pushing(&format!("h2~refused-{index}"));
        app.config.providers[0].dpop = Usage::Always;
        provider.change_to(vec![Change::answer(Place::Pushed, move |answer| {
            answer.status = status;
            answer.body = body.as_bytes().to_vec();
        })]);
        let tab = app.load(APP);
        let error = app.go(&tab, at("main")).expect_err("refused");
        assert_eq!(error.code, expected, "{status} {body}");
        assert_eq!(error.provider.as_deref(), Some("main"));
        assert_eq!(tab.page.navigated(), None, "no silent fallback");
        assert!(provider.received_at("authorize").is_empty());
        assert!(app.origin.stored_under("keyward:transaction:").is_empty(), "nothing is pending");
        assert_eq!(app.origin.keys.count(), 0);
        provider.misbehave(false);
        assert!(app.go(&tab, SignInOptions { login_hint: Some("alice".to_owned()), ..at("main") }).is_ok(), "later");
    }
}

pub(super) fn k6_a_pushed_request_is_a_simple_form_post_with_the_thumbprint_in_it() {
    let (mut app, provider) = pushing("k6~simple");
    app.config.providers[0].dpop = Usage::Always;
    provider.change_to(vec![Change::json(Place::Token, |body| body["token_type"] = json!("DPoP"))]);
    app.signed_in("main", "alice");
    let pushed = &provider.received_at("par")[0];
    assert_eq!(pushed.form_value("dpop_jkt").map(str::len), Some(43));
    assert_eq!(pushed.header("dpop"), None);
    // What `fetch` sends without a preflight: nothing but safelisted fields.
    assert_eq!(pushed.header("content-type"), Some("application/x-www-form-urlencoded"));
    for field in ["authorization", "cookie", "referer"] {
        assert_eq!(pushed.header(field), None);
    }
}

/// The provider demands a nonce in the first so many answers.
fn demands(times: usize, exposed: bool, body: &'static str) -> Change {
    let count = AtomicUsize::new(0);
    Change::answer(Place::Pushed, move |answer| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        answer.headers.push(("DPoP-Nonce", format!("nonce-{number}")));
        if exposed {
            answer.headers.push(("Access-Control-Expose-Headers", "DPoP-Nonce".to_owned()));
        }
        if number < times {
            answer.status = 400;
            answer.body = body.as_bytes().to_vec();
        }
    })
}

const DEMAND: &str = r#"{"error":"use_dpop_nonce"}"#;

pub(super) fn k6_only_a_demand_for_a_nonce_is_answered_with_a_proof_and_once() {
    let (mut app, provider) = pushing("k6~nonce");
    app.config.providers[0].dpop = Usage::Always;
    let says_dpop = Change::json(Place::Token, |body| body["token_type"] = json!("DPoP"));
    provider.change_to(vec![demands(1, true, DEMAND), says_dpop]);
    app.signed_in("main", "alice");
    let pushed = provider.received_at("par");
    assert_eq!(pushed.len(), 2);
    assert_eq!(pushed[0].header("dpop"), None, "at first a simple form post");
    assert_eq!(pushed[0].form, pushed[1].form, "the same again, dpop_jkt included");
    let (key, said) = proven(&pushed[1]);
    assert_eq!(pushed[1].form_value("dpop_jkt"), Some(&*thumbprint(&key)));
    assert_eq!((said.str("nonce"), said.str("htm")), (Some("nonce-0"), Some("POST")));
    assert_eq!(said.str("htu"), Some(&*format!("{}/par", provider.issuer())));
    app.shows_no_secret();

    for (name, bound, times, exposed, body, requests) in [
        ("again", true, 9, true, DEMAND, 2),
        ("unbound", false, 9, true, DEMAND, 1),
        ("hidden", true, 9, false, DEMAND, 1),
        ("another", true, 9, true, r#"{"error":"invalid_request"}"#, 1),
    ] {
        let (mut app, provider) = pushing(&format!("k6~nonce-{name}"));
        app.config.providers[0].dpop = if bound { Usage::Always } else { Usage::Never };
        provider.change_to(vec![demands(times, exposed, body)]);
        let tab = app.load(APP);
        let error = app.go(&tab, at("main")).expect_err("refused");
        assert_eq!(
            (error.code, provider.received_at("par").len()),
            (ErrorCode::AuthorizationFailed, requests),
            "{name}"
        );
        assert_eq!(error.message.contains("Access-Control-Expose-Headers"), name == "hidden", "{name}");
        assert!(error.oauth.as_ref().is_some_and(|oauth| body.contains(&oauth.error)), "{name}");
        assert_eq!((tab.page.navigated(), app.origin.keys.count()), (None, 0), "{name}");
    }
}

pub(super) fn b1_an_endpoint_on_http_counts_as_not_named_and_is_said_where_it_is_required() {
    for (required, usage) in [(true, Usage::Auto), (false, Usage::Auto), (false, Usage::Always)] {
        let (mut app, provider) = App::with(&format!("b1~par-{required}-{usage:?}"));
        app.config.providers[0].par = usage;
        provider.change_to(vec![Change::json(Place::Discovery, move |body| {
            body["pushed_authorization_request_endpoint"] = json!("http://proxied.example/par");
            body["require_pushed_authorization_requests"] = json!(required);
        })]);
        let tab = app.load(APP);
        match app.go(&tab, at("main")) {
            Ok(_) => assert!(!required && usage == Usage::Auto),
            Err(error) => {
                assert!(required || usage == Usage::Always, "{error}");
                assert!(error.message.contains("`pushed_authorization_request_endpoint`"), "{error}");
                assert!(provider.received_at("authorize").is_empty());
            }
        }
        assert!(provider.received_at("par").is_empty());
    }
}
