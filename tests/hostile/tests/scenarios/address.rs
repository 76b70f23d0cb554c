//! What becomes of the page's address and of the promise, on the way to the provider and back (A3, A6, A9a).

use crate::stage::{APP, App, Tab, at, code};
use hostile_tests::Change;
use keyward::client::Arrival;
use keyward::platform::Platform;
use keyward::{Error, ErrorCode, Json, SignInOptions, SignInResult, Usage};
use std::cell::RefCell;
use std::rc::Rc;

const MAIN: &str = "https://app.example/main";

/// An app that begins and ends at one page.
fn at_home(path: &str) -> (App, std::sync::Arc<hostile_tests::Provider>) {
    let (mut app, provider) = App::with(path);
    app.config.providers[0].redirect_uri = None;
    (app, provider)
}

/// Of the response: a refusal in these words.
fn refused(words: &'static [(&'static str, &'static str)]) -> Change {
    Change::params(move |list| {
        list.retain(|(name, _)| name != "code");
        list.extend(words.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    })
}

const EXPIRED: &[(&str, &str)] =
    &[("error", "temporarily_unavailable"), ("error_description", "authentication_expired")];

/// Begins a sign-in whose caller goes on waiting.
fn begin(tab: &Tab, options: SignInOptions) -> Rc<RefCell<Option<Result<SignInResult, Error>>>> {
    let outcome = Rc::new(RefCell::new(None));
    let (client, seen) = (tab.client.clone(), outcome.clone());
    tab.page.spawn(async move {
        let result = client.sign_in(options).await;
        *seen.borrow_mut() = Some(result);
    });
    tab.page.run(async {});
    outcome
}

pub(super) fn a6_what_the_provider_added_goes_and_the_users_own_is_back() {
    let (app, provider) = at_home("a6~google");
    let added = [
        ("scope", "email openid"),
        ("authuser", "0"),
        ("hd", "example.com"),
        ("prompt", "consent"),
        ("kc_action", "x"),
    ];
    provider.change_to(vec![Change::params(move |list| {
        list.extend(added.map(|(name, value)| (name.to_owned(), value.to_owned())));
    })]);
    let left = app.load("https://app.example/?tab=2#part");
    let url = app.go(&left, at("main")).expect("the page is left");
    assert!(url.contains("authuser=0"), "{url}");
    let tab = app.come_back(&url);
    assert_eq!(
        tab.result().expect("a response").expect("a session").return_to.as_deref(),
        Some("https://app.example/?tab=2#part")
    );
    assert_eq!(tab.page.address(), "https://app.example/?tab=2#part");
}

pub(super) fn a6_a_sign_in_from_any_route_has_one_redirect_uri_and_ends_at_the_route() {
    let (app, provider) = at_home("a6~route");
    for route in ["private/7", "private/7?a=%20b&a=#c", "", "main"] {
        let left = app.load(&[APP, route].concat());
        let tab = app.come_back(&app.go(&left, at("main")).expect("the page is left"));
        assert!(tab.result().expect("a response").is_ok());
        assert_eq!(tab.page.address(), [APP, route].concat());
    }
    for request in provider.received_at("authorize") {
        assert_eq!(request.query_value("redirect_uri"), Some(APP));
    }
}

pub(super) fn a6_without_restore_url_the_redirect_uri_stays() {
    let (mut app, provider) = App::with("a6~callback-page");
    app.config.restore_url = false;
    app.config.providers[0].redirect_uri = Some("https://app.example/main?own=1".to_owned());
    provider.change_to(vec![Change::params(|list| list.push(("scope".to_owned(), "openid".to_owned())))]);
    for left in ["https://app.example/private?x#y", "https://app.example/main?other=1"] {
        let tab = app.come_back(&app.go(&app.load(left), at("main")).expect("the page is left"));
        assert_eq!(tab.result().expect("a response").expect("a session").return_to.as_deref(), Some(left));
        assert_eq!(tab.page.address(), "https://app.example/main?own=1");
    }
}

pub(super) fn a6_a_failed_sign_in_leads_to_no_page_that_would_sign_in_again() {
    let (app, provider) = App::with("a6~guard");
    provider.change_to(vec![refused(&[("error", "access_denied"), ("kc_action_status", "cancelled")])]);
    for (left, address) in
        [("https://app.example/private", MAIN), ("https://app.example/main?tab=2", "https://app.example/main?tab=2")]
    {
        let tab = app.come_back(&app.go(&app.load(left), at("main")).expect("the page is left"));
        assert_eq!(code(tab.result().expect("a response")), Some(ErrorCode::AccessDenied));
        assert_eq!(tab.page.address(), address);
    }
}

pub(super) fn a6_a_router_that_navigates_meanwhile_loses_nothing_and_keeps_its_address() {
    let (app, provider) = App::with("a6~router");
    for restores in [true, false] {
        let mut app = App::new(&[("main", provider.clone())]);
        app.config.restore_url = restores;
        let url = app.go(&app.load(APP), at("main")).expect("the page is left");
        let tab = app.open("https://app.example/home");
        tab.page.run(tab.client.start_at(Some(Arrival { url, shown: Some(MAIN.to_owned()) })));
        assert!(tab.result().expect("a response").is_ok());
        assert_eq!(tab.page.address(), "https://app.example/home");
        assert!(app.origin.replaced.borrow().is_empty());
    }
    // It navigates while the code is on its way: the answer changes the address no more.
    let url = app.go(&app.load(APP), at("main")).expect("the page is left");
    let tab = app.open(MAIN);
    let navigated = tab.page.clone();
    let _heard = tab.client.on_event(move |_| navigated.goes_on_to("https://app.example/home"));
    tab.page.run(tab.client.start_at(Some(Arrival { url, shown: Some(MAIN.to_owned()) })));
    assert!(tab.result().expect("a response").is_ok());
    assert_eq!(tab.page.address(), "https://app.example/home");
}

pub(super) fn a6_a_default_return_to_has_no_stale_response_in_it() {
    let (app, _) = at_home("a6~stale");
    for (left, wanted, expected) in [
        ("?code=OLD&state=OLD", None, ""),
        ("?tab=2&code=OLD&x=%20&state=OLD&iss=i&session_state=s#part", None, "?tab=2&x=%20#part"),
        ("?error=access_denied&error_description=no&state=OLD", None, ""),
        // These are no response of ours.
        ("?code=PROMO", None, "?code=PROMO"),
        ("?state=open&tab=1", None, "?state=open&tab=1"),
        // What the app itself asks for is taken as it is.
        ("?code=OLD&state=OLD", Some("/?code=OWN&state=OWN"), "?code=OWN&state=OWN"),
    ] {
        let options = SignInOptions { return_to: wanted.map(str::to_owned), ..at("main") };
        let url = app.go(&app.load(&[APP, left].concat()), options).expect("the page is left");
        let tab = app.come_back(&url);
        let result = tab.result().expect("a response").expect("a session");
        assert_eq!(result.return_to, Some([APP, expected].concat()), "{left}");
        assert_eq!(tab.page.address(), [APP, expected].concat(), "{left}");
    }
}

pub(super) fn a9a_back_by_the_back_button_the_sign_in_is_over_and_another_works() {
    let (mut app, provider) = App::with("a9a~back");
    app.config.providers[0].dpop = Usage::Always;
    provider.change_to(vec![Change::json(hostile_tests::Place::Token, |body| body["token_type"] = "DPoP".into())]);
    let tab = app.load(APP);
    let first = begin(&tab, at("main"));
    assert!(first.borrow().is_none());
    assert_eq!((app.origin.stored_under("keyward:transaction:").len(), app.origin.keys.count()), (1, 1));
    tab.page.comes_back();
    let error = first.take().expect("it is over").expect_err("nobody signed in");
    assert_eq!((error.code, error.provider.as_deref()), (ErrorCode::Aborted, Some("main")));
    assert_eq!((app.origin.stored_under("keyward:transaction:").len(), app.origin.keys.count()), (0, 0));
    assert!(tab.event_names().is_empty());
    let url = app.go(&tab, at("main")).expect("the page is left again");
    assert!(app.come_back(&url).result().expect("a response").is_ok());
    assert_eq!(provider.received_at("token").len(), 1);
}

pub(super) fn a9a_an_error_without_state_is_told_in_the_providers_words() {
    let (app, provider) = App::with("a9a~stateless");
    let refusal = "https://app.example/main?error=invalid_scope&error_description=%3Cb%3Eno%0A&error_uri=u";
    let nobody = app.load(refusal);
    assert!(nobody.result().is_none());
    assert_eq!(nobody.page.address(), refusal, "nobody's");

    app.go(&app.load(APP), at("main")).expect("the page is left");
    for url in [refusal.to_owned(), [refusal, "&state="].concat()] {
        let tab = app.come_back(&url);
        let error = tab.result().expect("noticed").expect_err("refused");
        assert_eq!(error.code, ErrorCode::InvalidState);
        let words = error.oauth.clone().expect("the provider's words");
        assert_eq!(words.error, "invalid_scope");
        assert!(words.description.is_some_and(|text| text.contains("no") && !text.contains('\n')));
        assert_eq!(tab.page.address(), MAIN);
    }
    let elsewhere = app.load(&refusal.replace("/main", "/other"));
    assert!(elsewhere.result().is_none(), "no sign-in is to come back there");
    // A state of somebody else's earns no belief.
    let forged = app.come_back(&[refusal, "&state=forged"].concat());
    let error = forged.result().expect("noticed").expect_err("refused");
    assert_eq!((error.code, error.oauth.clone()), (ErrorCode::InvalidState, None));
    assert!(provider.received_at("token").is_empty());
}

pub(super) fn a9a_an_authentication_that_expired_is_asked_for_once_more() {
    let (mut app, provider) = App::with("a9a~expired");
    app.config.providers[0].dpop = Usage::Auto;
    let options = SignInOptions {
        scope: Some("openid email".to_owned()),
        prompt: Some("login".to_owned()),
        login_hint: Some("alice".to_owned()),
        max_age_seconds: Some(600),
        ui_locales: Some("de".to_owned()),
        authorization_details: Some(Json::Array(vec![Json::Object(vec![("type".to_owned(), "a".into())])]).into()),
        resources: Some(vec!["https://api.example".to_owned()]),
        params: vec![("kc_idp_hint".to_owned(), "x".to_owned())],
        return_to: Some("/private?x#y".to_owned()),
        app_state: Json::from("state").into(),
        ..at("main")
    };
    for answers_at_last in [true, false] {
        provider.change_to(vec![refused(EXPIRED)]);
        let before = provider.received_at("authorize").len();
        let url = app.go(&app.load(APP), options.clone()).expect("the page is left");
        let tab = app.open(&url);
        // The page is left again: the start does not come to its end.
        assert!(tab.page.attempt(tab.client.start()).is_none());
        assert_eq!(tab.page.address(), MAIN, "clean meanwhile");
        assert!(tab.event_names().is_empty());
        if answers_at_last {
            provider.change_to(Vec::new());
        }
        let again = tab.page.navigated().expect("asked once more");
        let back = app.come_back(&crate::native::follow(&again).expect("the provider accepts it"));
        let result = back.result().expect("a response");
        if answers_at_last {
            let signed_in = result.expect("a session");
            assert_eq!(signed_in.app_state, Json::from("state").into());
            assert_eq!(back.page.address(), "https://app.example/private?x#y");
        } else {
            let error = result.expect_err("never twice");
            assert_eq!((error.code, error.retryable()), (ErrorCode::TemporarilyUnavailable, true));
            assert!(back.page.navigated().is_none());
        }
        let asked = &provider.received_at("authorize")[before..];
        assert_eq!(asked.len(), 2);
        let fresh = ["state", "nonce", "code_challenge"];
        let names = [
            "scope",
            "prompt",
            "login_hint",
            "max_age",
            "ui_locales",
            "authorization_details",
            "resource",
            "kc_idp_hint",
            "redirect_uri",
        ];
        for name in names {
            assert!(asked[0].query_value(name).is_some(), "{name}");
            assert_eq!(asked[0].query_value(name), asked[1].query_value(name), "{name}");
        }
        for name in fresh {
            assert_ne!(asked[0].query_value(name), asked[1].query_value(name), "{name}");
        }
    }
    assert_eq!(app.origin.stored_under("keyward:transaction:"), []);
}

pub(super) fn a9a_another_refusal_is_not_asked_again() {
    let (app, provider) = App::with("a9a~refused");
    const OTHERS: [&[(&str, &str)]; 3] = [
        &[("error", "temporarily_unavailable")],
        &[("error", "temporarily_unavailable"), ("error_description", "too busy")],
        &[("error", "access_denied"), ("error_description", "authentication_expired")],
    ];
    for words in OTHERS {
        provider.change_to(vec![refused(words)]);
        let tab = app.come_back(&app.go(&app.load(APP), at("main")).expect("the page is left"));
        assert!(tab.result().expect("a response").is_err());
        assert!(tab.page.navigated().is_none());
    }
    // Nor is one that another issuer wrote.
    provider.change_to(vec![
        refused(EXPIRED),
        Change::params(|list| list.retain(|(name, _)| name != "iss")),
        Change::params(|list| list.push(("iss".to_owned(), "https://evil.example".to_owned()))),
    ]);
    let tab = app.come_back(&app.go(&app.load(APP), at("main")).expect("the page is left"));
    assert_eq!(code(tab.result().expect("a response")), Some(ErrorCode::IssuerMismatch));
    assert!(tab.page.navigated().is_none());
}

pub(super) fn a9_a_foreign_state_has_one_answer_wherever_it_is_asked() {
    let (mut app, provider) = App::with("a9~one-answer");
    let foreign = "?code=foreign&state=foreign";
    for redirect_uri in [MAIN, "https://app.example/main?tenant=a", "https://app.example"] {
        app.config.providers[0].redirect_uri = Some(redirect_uri.to_owned());
        let at_uri = if redirect_uri == "https://app.example" { APP } else { MAIN };
        let url = [at_uri, foreign].concat();
        let tab = app.load("https://app.example/elsewhere");
        assert!(tab.page.run(tab.client.handle_redirect(Some(url.clone()))).is_none(), "nobody is signing in");
        let response = app.go(&tab, at("main")).expect("the page is left");
        let result = tab.page.run(tab.client.handle_redirect(Some(url))).expect("noticed");
        assert_eq!(code(result.outcome), Some(ErrorCode::InvalidState), "{redirect_uri}");
        let other = format!("https://app.example/other{foreign}");
        assert!(tab.page.run(tab.client.handle_redirect(Some(other))).is_none());
        assert_eq!(tab.page.address(), "https://app.example/elsewhere");
        assert!(app.come_back(&response).result().expect("a response").is_ok());
    }
    assert_eq!(provider.received_at("token").len(), 3);
}
