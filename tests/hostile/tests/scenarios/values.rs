//! Values that are the app's or the provider's own come through unchanged (F1a).

use crate::stage::{APP, App, at};
use hostile_tests::id_token::IdToken;
use hostile_tests::{Change, Place};
use keyward::protocol::json::{self, Json, JsonText};
use keyward::{SignInOptions, Usage};
use serde_json::{Value, json};

/// Numbers of every length, names of prototypes, and what only an escape can say.
const NASTY: &str = r#"[{"type":"payment","instructedAmount":{"currency":"BTC","amount":0.00012},"rate":1.0842337,"limit":10000000000000000,"id":12345678901234568,"tiny":5e-324,"huge":1.7976931348623157e+308,"__proto__":{"type":"other"},"constructor":null,"":"ä \" \\ \u0000 😀","z":1,"a":[[],{},-0.1]}]"#;

pub(super) fn f1a_what_the_user_approves_is_what_the_app_wrote() {
    // Escapes, spaces and digits as no writer of ours has them: nobody reads and writes it anew.
    let written = [NASTY, r#"[ {"type":"a","limit":1e16,"id":12345678901234567890,"half":"\ud83d"} ]"#];
    for (index, (text, pushed)) in written.into_iter().flat_map(|text| [(text, false), (text, true)]).enumerate() {
        let (mut app, provider) = App::with(&format!("f1a~details-{index}"));
        app.config.providers[0].par = if pushed { Usage::Always } else { Usage::Auto };
        let details = JsonText::new(&text.replace(r"\ud83d", "half"), json::parse).expect("JSON");
        let options = SignInOptions { authorization_details: Some(details.clone()), ..at("main") };
        app.go(&app.load(APP), options).expect("the page is left");
        let request = provider.received_at(if pushed { "par" } else { "authorize" }).remove(0);
        let received = if pushed {
            request.form_value("authorization_details")
        } else {
            request.query_value("authorization_details")
        };
        assert_eq!(received, Some(details.as_str()));
    }
    // A value of Rust's is written as JSON.stringify writes it; the native parser has sorted its members.
    let (app, provider) = App::with("f1a~value");
    let value = json::parse(NASTY).expect("JSON");
    let sorted: Value = serde_json::from_str(NASTY).expect("JSON");
    let options = SignInOptions { authorization_details: Some(value.into()), ..at("main") };
    app.go(&app.load(APP), options).expect("the page is left");
    let request = provider.received_at("authorize").remove(0);
    let received = request.query_value("authorization_details").expect("sent");
    assert_eq!(serde_json::from_str::<Value>(received).expect("JSON"), sorted);
    for number in
        ["0.00012", "1.0842337", "10000000000000000", "12345678901234568", "5e-324", "1.7976931348623157e+308"]
    {
        assert!(received.contains(number), "{number}");
    }
}

pub(super) fn f1a_the_apps_own_state_comes_back_as_it_was() {
    let (app, provider) = App::with("f1a~state");
    let deep = [r#"{"deep":"#, &"[".repeat(90), &"]".repeat(90), "}"].concat();
    for text in [NASTY, &deep, "null", "0.1", r#""null""#, r#""12""#, "[]", r#"{"appState":"{}"}"#, "-1.5e-7"] {
        let tab = app.load(APP);
        let state = JsonText::new(text, json::parse).expect("JSON");
        let options = SignInOptions { app_state: state, login_hint: Some("alice".into()), ..at("main") };
        let url = app.go(&tab, options).expect("the page is left");
        let result = app.come_back(&url).result().expect("a response").expect("the sign-in succeeds");
        assert_eq!(result.app_state.as_str(), text);
        assert_eq!(result.app_state.read(json::parse), json::parse(text));
    }
    for request in provider.received() {
        let all = format!("{:?}{:?}", request.query, request.form);
        assert!(!all.contains("instructedAmount"), "it is in no request: {}", request.endpoint);
    }
}

pub(super) fn f1a_what_the_provider_says_is_the_same_after_a_reload_and_a_refresh() {
    let nasty: Value = serde_json::from_str(NASTY).expect("JSON");
    let deep = |levels: usize| -> Value {
        serde_json::from_str(&["[".repeat(levels), "]".repeat(levels)].concat()).expect("JSON")
    };
    let (app, provider) = App::with("f1a~provider");
    let (claim, details, nested) = (nasty.clone(), nasty, deep(98));
    let said = move |token: &mut IdToken| {
        token.claims["x_values"] = claim.clone();
        token.claims["x_deep"] = nested.clone();
        token.claims["updated_at"] = json!(1_711_800_000.123_456_7);
    };
    provider.change_to(vec![
        Change::token(Place::IdToken, said.clone()),
        Change::token(Place::RefreshedIdToken, said),
        Change::json(Place::Token, move |body| body["authorization_details"] = details.clone()),
        Change::json(Place::UserInfo, |body| body["x_rate"] = json!(1.084_233_7)),
    ]);
    let expected = json::parse(NASTY).expect("JSON");
    let seen = |tab: &crate::stage::Tab| {
        let session = tab.client.state().session.clone().expect("signed in");
        let claims = session.claims.clone().expect("claims");
        assert!(same(claims.get("x_values"), &expected), "{:?}", claims.get("x_values"));
        assert!(same(session.authorization_details.as_ref(), &expected));
        assert_eq!(claims.get("updated_at"), Some(&Json::Number(1_711_800_000.123_456_7)));
        assert_eq!(claims.get("x_deep").map(Json::to_text), Some(["[".repeat(98), "]".repeat(98)].concat()));
        claims
    };
    let tab = app.signed_in("main", "alice");
    let before = seen(&tab);
    let info = tab.user_info("main").expect("the claims");
    assert_eq!(info.get("x_rate"), Some(&Json::Number(1.084_233_7)));
    for _ in 0..2 {
        let reloaded = app.load(APP);
        assert_eq!(seen(&reloaded), before);
    }
    let tab = app.load(APP);
    tab.new_token("main").expect("a new token");
    seen(&tab);
    seen(&app.load(APP));
}

/// Whatever order the server's own writer has put the members in.
fn same(value: Option<&Json>, expected: &Json) -> bool {
    let sorted = |json: &Json| serde_json::from_str::<Value>(&json.to_text()).expect("JSON");
    value.is_some_and(|value| sorted(value) == sorted(expected))
}
