//! Proofs of possession, with real signatures (H1, K7).

use crate::stage::{APP, App, code};
use hostile_tests::{Change, Place, Provider, Received};
use keyward::protocol::base64url;
use keyward::protocol::jose::Algorithm;
use keyward::protocol::json::{self, Json};
use keyward::protocol::jwks::{Jwk, thumbprint};
use keyward::{ErrorCode, SignOutOptions, Status, Usage};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An app that demands bound tokens, of a provider that says that it gives them.
fn bound(path: &str) -> (App, Arc<Provider>) {
    let (mut app, provider) = App::with(path);
    app.config.providers[0].dpop = Usage::Always;
    provider.change_to(vec![says_dpop(Place::Token), says_dpop(Place::Refresh)]);
    (app, provider)
}

fn says_dpop(place: Place) -> Change {
    Change::json(place, |body| body["token_type"] = json!("DPoP"))
}

/// The proof of a request: its key and what it says, after its signature was verified.
pub(super) fn proven(request: &Received) -> (Jwk, Json) {
    let proof = request.header("dpop").expect("a proof");
    let (signed, signature) = proof.rsplit_once('.').expect("three parts");
    let (header, payload) = signed.split_once('.').expect("three parts");
    let part = |text: &str| {
        let octets = base64url::decode(text).expect("base64url");
        json::parse(std::str::from_utf8(&octets).expect("UTF-8")).expect("JSON")
    };
    let (header, payload) = (part(header), part(payload));
    assert_eq!((header.str("typ"), header.str("alg")), (Some("dpop+jwt"), Some("ES256")));
    assert_eq!(header.get("jwk").and_then(|jwk| jwk.get("d")), None);
    let key = header.get("jwk").and_then(Jwk::from_json).expect("a public key");
    let signature = base64url::decode(signature).expect("base64url");
    let good = crate::native::verify(&key, Algorithm::Es256, signed.as_bytes(), &signature);
    assert_eq!(good, Ok(true));
    (key, payload)
}

pub(super) fn h1_every_token_request_proves_the_key_of_the_sign_in() {
    let (app, provider) = bound("h1~proofs");
    let tab = app.signed_in("main", "alice");
    tab.new_token("main").expect("the refresh works");
    app.load(APP).new_token("main").expect("in another page, too");
    let authorization = &provider.received_at("authorize")[0];
    let jkt = authorization.query_value("dpop_jkt").expect("the code is bound to the key").to_owned();
    let requests = provider.received_at("token");
    assert_eq!(requests.len(), 3);
    let mut ids = BTreeSet::new();
    for request in &requests {
        let (key, said) = proven(request);
        assert_eq!(thumbprint(&key), jkt);
        assert_eq!(said.str("htm"), Some("POST"));
        assert_eq!(said.str("htu"), Some(&*format!("{}/token", provider.issuer())));
        assert!(ids.insert(said.str("jti").expect("an id").to_owned()), "never the same proof twice");
        assert_eq!((said.get("ath"), said.get("nonce")), (None, None));
        assert_eq!(request.form_value("dpop_jkt"), None);
    }
    // No other request needs one.
    let others = provider.received().into_iter().filter(|request| request.endpoint != "token");
    assert!(others.into_iter().all(|request| request.header("dpop").is_none()));
    app.shows_no_secret();
}

pub(super) fn h1_each_sign_in_has_a_key_of_its_own() {
    let (app, provider) = bound("h1~keys");
    let before = app.origin.keys.count();
    let tab = app.signed_in("main", "alice");
    app.signed_in("main", "bob");
    app.signed_in("main", "alice");
    let keys: BTreeSet<String> =
        provider.received_at("token").iter().map(|request| thumbprint(&proven(request).0)).collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(app.origin.keys.count(), before + 2, "what alice had before is bound to nothing any more");
    let all = SignOutOptions { all: true, ..SignOutOptions::default() };
    tab.page.attempt(tab.client.sign_out(all));
    assert_eq!(app.origin.keys.count(), before);
}

pub(super) fn h1_a_token_that_is_not_bound_is_refused_where_it_must_be() {
    let (mut app, provider) = App::with("h1~bearer");
    app.config.providers[0].dpop = Usage::Always;
    let (tab, result) = app.sign_in("main", "alice");
    assert_eq!(code(result), Some(ErrorCode::DpopRequired));
    assert!(tab.client.state().session.is_none());
    assert_eq!(app.origin.keys.count(), 0);

    // Nor does a refresh change that.
    provider.change_to(vec![says_dpop(Place::Token)]);
    let tab = app.signed_in("main", "alice");
    let kept = tab.token("main").expect("a bound token");
    assert_eq!(code(tab.new_token("main")), Some(ErrorCode::DpopRequired));
    assert_eq!(tab.token("main").expect("the bound one"), kept);
}

pub(super) fn h1_auto_uses_what_the_metadata_advertises() {
    let (mut app, provider) = App::with("h1~auto");
    app.config.providers[0].dpop = Usage::Auto;
    app.signed_in("main", "alice");
    assert_eq!(provider.received_at("token")[0].header("dpop"), None, "nothing is advertised");

    for (listed, used) in [(json!(["ES256", "RS256"]), true), (json!(["RS256"]), false)] {
        let (mut app, provider) = App::with(&format!("h1~auto-{used}"));
        app.config.providers[0].dpop = Usage::Auto;
        let advertised = Change::json(Place::Discovery, move |body| {
            body["dpop_signing_alg_values_supported"] = listed.clone();
        });
        // It does not even keep to it, which is allowed: nothing was demanded.
        provider.change_to(vec![advertised]);
        let tab = app.signed_in("main", "alice");
        tab.new_token("main").expect("the refresh works");
        let requests = provider.received_at("token");
        assert!(requests.iter().all(|request| request.header("dpop").is_some() == used), "{used}");
        app.config.providers[0].dpop = Usage::Always;
        let (_, result) = app.sign_in("main", "bob");
        assert_eq!(code(result), Some(ErrorCode::DpopRequired), "{used}");
    }
}

pub(super) fn h1_a_lost_key_ends_the_session_and_is_no_loop() {
    let (app, provider) = bound("h1~lost");
    let tab = app.signed_in("main", "alice");
    app.origin.keys.remove("", None);
    let before = provider.received().len();
    for _ in 0..5 {
        assert_eq!(code(tab.new_token("main")), Some(ErrorCode::KeyLost));
    }
    assert_eq!(provider.received().len(), before, "nothing is asked for that cannot be had");
    let state = tab.client.state();
    assert_eq!(state.status(), Status::ReauthRequired);
    let session = state.session.as_ref().expect("the session is kept");
    assert_eq!(session.error.as_ref().map(|error| error.code), Some(ErrorCode::KeyLost));
    assert_eq!(tab.event_names().iter().filter(|name| **name == "reauthRequired").count(), 1);
    // It is over in the other pages, too, and a sign-in mends it.
    assert_eq!(app.load(APP).client.state().status(), Status::ReauthRequired);
    let tab = app.signed_in("main", "alice");
    assert!(tab.new_token("main").is_ok());
}

pub(super) fn h1_a_failed_sign_in_leaves_no_key_behind() {
    let (app, provider) = bound("h1~failed");
    provider.change_to(vec![Change::answer(Place::Token, |answer| answer.status = 500)]);
    let (_, result) = app.sign_in("main", "alice");
    assert!(result.is_err());
    assert_eq!(app.origin.keys.count(), 0);
}

pub(super) fn k7_a_nonce_that_cors_hides_is_said_and_not_asked_for_again() {
    let (app, provider) = bound("k7~hidden");
    let demand = |place| {
        Change::answer(place, |answer| {
            answer.status = 400;
            answer.body = br#"{"error":"use_dpop_nonce"}"#.to_vec();
            answer.headers.push(("DPoP-Nonce", "nonce-1".to_owned()));
        })
    };
    provider.change_to(vec![demand(Place::Token)]);
    let (_, result) = app.sign_in("main", "alice");
    let error = result.expect_err("the nonce cannot be read");
    assert_eq!(error.code, ErrorCode::TokenEndpoint);
    assert!(error.message.contains("Access-Control-Expose-Headers") && error.message.contains("DPoP-Nonce"));
    assert_eq!(error.oauth.as_ref().map(|oauth| oauth.error.as_str()), Some("use_dpop_nonce"));
    assert_eq!(provider.received_at("token").len(), 1);

    provider.change_to(vec![says_dpop(Place::Token), demand(Place::Refresh)]);
    let tab = app.signed_in("main", "alice");
    let before = provider.received_at("token").len();
    for _ in 0..5 {
        assert_eq!(code(tab.new_token("main")), Some(ErrorCode::TokenEndpoint));
    }
    assert_eq!(provider.received_at("token").len(), before + 1, "callers that ask again do not make it a loop");
    assert_eq!(tab.client.state().status(), Status::SignedIn, "nothing was decided about the grant");
}
