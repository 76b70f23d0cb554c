//! What is asked of a provider, and what is not (B1, B2, B4).

use crate::stage::{APP, App, of, server};
use hostile_tests::answer::Delivery;
use hostile_tests::id_token::remove;
use hostile_tests::{Change, Place};
use keyward::{ErrorCode, SignOutOptions};
use serde_json::json;

pub(super) fn b1_a_final_slash_of_the_issuer_is_kept() {
    let (app, provider) = App::with("b1~slash/");
    assert!(provider.issuer().ends_with("b1~slash/"));
    let tab = app.signed_in("main", "alice");
    assert_eq!(tab.client.state().session.as_ref().expect("signed in").issuer, provider.issuer());
    // One request, at the right place: a doubled slash would have been another provider's.
    assert_eq!(provider.received_at("openid-configuration").len(), 1);
    // Without the slash it is another issuer.
    let without = provider.issuer().trim_end_matches('/').to_owned();
    let mut app = App::new(&[("main", provider)]);
    app.config.providers[0].issuer = Some(without);
    let (_, result) = app.sign_in("main", "alice");
    assert!(result.expect_err("refused").message.contains("issuer"));
}

pub(super) fn b1_an_issuer_may_have_a_path() {
    let (app, provider) = App::with("b1~realms/a/b");
    let tab = app.signed_in("main", "alice");
    assert!(tab.token("main").is_ok());
    provider.change_to(vec![Change::answer(Place::OpenidConfiguration, |answer| answer.status = 404)]);
    let fresh = App::new(&[("main", provider.clone())]);
    fresh.signed_in("main", "alice");
    assert_eq!(provider.received_at("oauth-authorization-server").len(), 1);
}

pub(super) fn b1_every_place_is_asked_and_what_says_most_is_reported() {
    let (app, provider) = App::with("b1~places/a");
    let asked = || {
        ["openid-configuration", "oauth-authorization-server", "inserted-openid-configuration"]
            .map(|place| provider.received_at(place).len())
    };
    provider.change_to(vec![Change::answer(Place::Discovery, |answer| answer.status = 403)]);
    let (_, result) = app.sign_in("main", "alice");
    let error = result.expect_err("nothing is there");
    assert_eq!((error.code, asked()), (ErrorCode::DiscoveryFailed, [1, 1, 1]));
    assert!(error.message.contains("403"), "{error}");
    provider.change_to(vec![
        Change::answer(Place::OpenidConfiguration, |answer| answer.status = 404),
        Change::json(Place::Discovery, |body| body["issuer"] = json!("https://other.example")),
    ]);
    let (_, result) = app.sign_in("main", "alice");
    let error = result.expect_err("what is there is another's");
    assert_eq!((error.code, asked()), (ErrorCode::InvalidMetadata, [2, 2, 2]), "{error}");
    provider.change_to(vec![
        Change::answer(Place::OpenidConfiguration, |answer| answer.status = 401),
        Change::answer(Place::OauthAuthorizationServer, |answer| answer.delivery = Delivery::WithoutCors),
    ]);
    app.signed_in("main", "alice");
    assert_eq!(asked(), [3, 3, 3]);
    app.signed_in("main", "alice");
    assert_eq!(asked(), [3, 3, 3], "and it is kept");
}

pub(super) fn b1_what_counts_as_not_named_is_logged_once_and_never_called() {
    let (app, provider) = App::with("b1~ignored");
    provider.change_to(vec![Change::json(Place::Discovery, |body| {
        body["revocation_endpoint"] = json!("");
        body["end_session_endpoint"] = json!(7);
    })]);
    for _ in 0..2 {
        let tab = app.signed_in("main", "alice");
        tab.page
            .run(tab.client.sign_out(SignOutOptions { account: of("main"), ..SignOutOptions::default() }))
            .expect("signed out");
        assert!(tab.client.state().session.is_none());
        assert_eq!(tab.page.navigated(), None);
    }
    assert!(provider.received_at("revoke").is_empty());
    let shown = app.shown.borrow();
    for member in ["revocation_endpoint", "end_session_endpoint"] {
        let logged = |entry: &&String| entry.contains("metadata_member_ignored") && entry.contains(member);
        assert_eq!(shown.iter().filter(logged).count(), 1, "{member}");
    }
}

pub(super) fn a10_configured_metadata_that_cannot_be_used_is_a_mistake() {
    for (member, value) in [("revocation_endpoint", r#""""#), ("jwks_uri", r#""http://idp.example/jwks""#)] {
        let (mut app, provider) = App::with("a10~metadata");
        app.config.providers[0].metadata = keyward::protocol::json::parse(&format!(r#"{{"{member}":{value}}}"#));
        let page = app.origin.open(APP);
        let error = keyward::Client::new(page, app.config.clone()).err().expect("refused");
        assert_eq!(error.code, ErrorCode::InvalidConfig);
        assert!(error.message.contains("metadata") && error.message.contains(member), "{error}");
        assert!(provider.received().is_empty());
    }
}

pub(super) fn b2_requests_carry_nothing_that_is_not_needed() {
    let (app, provider) = App::with("b2~requests");
    let tab = app.signed_in("main", "alice");
    tab.new_token("main").expect("the refresh works");
    let mut received = provider.received();
    // The keys are asked for beside the code exchange: either may come first.
    received.sort_by_key(|request| request.endpoint == "jwks");
    let endpoints: Vec<&str> = received.iter().map(|request| request.endpoint.as_str()).collect();
    assert_eq!(endpoints, ["openid-configuration", "authorize", "token", "token", "jwks"]);
    for request in received.iter().filter(|request| request.endpoint != "authorize") {
        for field in ["cookie", "authorization", "referer", "dpop"] {
            assert_eq!(request.header(field), None, "{field} at {}", request.endpoint);
        }
        assert_eq!(request.header("accept"), Some("application/json"));
        assert!(request.query.is_empty(), "nothing in the URL");
    }
    let names =
        |request: &hostile_tests::Received| request.form.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&received[2]), ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"]);
    assert_eq!(names(&received[3]), ["grant_type", "client_id", "refresh_token"]);
    assert_eq!(received[2].header("content-type"), Some("application/x-www-form-urlencoded"));
}

pub(super) fn b4_a_start_with_a_valid_session_makes_no_request() {
    let (app, provider) = App::with("b4~start");
    let token = app.signed_in("main", "alice").token("main").expect("a fresh token");
    let before = provider.received().len();
    for _ in 0..3 {
        let tab = app.load(APP);
        assert!(tab.client.state().is_signed_in());
        assert_eq!(tab.token("main").expect("the stored token"), token);
        tab.page.wait(10_000);
    }
    assert_eq!(provider.received().len(), before);
}

pub(super) fn b4_endpoints_that_the_metadata_does_not_name_are_not_called() {
    let provider = server().provider("b4~sparse");
    provider.change_to(vec![Change::json(Place::Discovery, |metadata| {
        for endpoint in ["revocation_endpoint", "end_session_endpoint", "userinfo_endpoint"] {
            remove(metadata, endpoint);
        }
    })]);
    let app = App::new(&[("main", provider.clone())]);
    let tab = app.signed_in("main", "alice");
    let signed_out =
        tab.page.run(tab.client.sign_out(SignOutOptions { account: of("main"), ..SignOutOptions::default() }));
    assert_eq!(signed_out, Ok(()));
    assert!(tab.client.state().session.is_none());
    assert_eq!(tab.page.navigated(), None, "there is nowhere to go");
    let known = ["openid-configuration", "authorize", "token", "jwks"];
    assert!(provider.received().iter().all(|request| known.contains(&request.endpoint.as_str())));
    assert_eq!(app.origin.stored_under("keyward:session:"), []);
}
