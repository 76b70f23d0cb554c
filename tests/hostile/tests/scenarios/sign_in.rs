//! The way to the provider (A1 to A3, A7, A10).

use crate::native::Origin;
use crate::stage::{APP, App, at, code, server};
use hostile_tests::id_token::remove;
use hostile_tests::{Change, Place};
use keyward::{Client, Config, Error, ErrorCode, Json, ProviderConfig, SignInOptions};
use std::collections::BTreeSet;

pub(super) fn a1_only_the_code_flow_with_s256_is_ever_asked_for() {
    let (app, provider) = App::with("a1~flow");
    app.signed_in("main", "alice");
    app.signed_in("main", "alice");
    let authorizations = provider.received_at("authorize");
    let exchanges = provider.received_at("token");
    assert_eq!((authorizations.len(), exchanges.len()), (2, 2));
    let mut verifiers = BTreeSet::new();
    for (authorization, exchange) in authorizations.iter().zip(&exchanges) {
        assert_eq!(authorization.query_value("response_type"), Some("code"));
        assert_eq!(authorization.query_value("response_mode"), None);
        assert_eq!(authorization.query_value("code_challenge_method"), Some("S256"));
        assert_eq!(exchange.form_value("grant_type"), Some("authorization_code"));
        let verifier = exchange.form_value("code_verifier").expect("there is a verifier");
        // 32 octets, and the provider has compared their hash.
        assert_eq!(verifier.len(), 43);
        assert!(verifiers.insert(verifier.to_owned()), "every sign-in has a verifier of its own");
        for name in ["client_secret", "password", "username"] {
            assert_eq!(exchange.form_value(name), None);
        }
    }
    app.shows_no_secret();
}

pub(super) fn a2_state_and_nonce_are_random_and_nothing_else() {
    let (app, provider) = App::with("a2~values");
    let tab = app.load("https://app.example/inbox?folder=7#top");
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        let options = SignInOptions {
            return_to: Some("/after?secret-return=1".into()),
            app_state: Json::from("secret-app-state").into(),
            ..at("main")
        };
        app.go(&tab, options).expect("the page is left");
    }
    for request in provider.received_at("authorize") {
        for name in ["state", "nonce"] {
            let value = request.query_value(name).expect("always sent").to_owned();
            assert_eq!(value.len(), 43, "256 bits");
            assert!(value.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_'));
            assert!(seen.insert(value), "never twice");
        }
        let all: String = request.query.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        assert!(!all.contains("secret-"), "where the user was stays here: {all}");
    }
    assert_eq!(seen.len(), 10);
}

pub(super) fn a3_two_tabs_sign_in_at_once_and_finish_in_either_order() {
    let (app, provider) = App::with("a3~tabs");
    for later_first in [false, true] {
        let users = ["alice", "bob"];
        let mut urls: Vec<(String, &str)> = Vec::new();
        for user in users {
            let tab = app.load(APP);
            let options = SignInOptions {
                login_hint: Some(user.into()),
                app_state: Json::from(user).into(),
                return_to: Some(format!("/{user}")),
                ..at("main")
            };
            urls.push((app.go(&tab, options).expect("the page is left"), user));
        }
        if later_first {
            urls.reverse();
        }
        for (url, user) in urls {
            let result = app.come_back(&url).result().expect("a response").expect("the sign-in succeeds");
            assert_eq!(result.session.subject, user);
            assert_eq!(result.app_state, Json::from(user).into());
            assert_eq!(result.return_to, Some(format!("{APP}{user}")));
        }
    }
    assert_eq!(provider.token_requests("authorization_code").len(), 4);
    assert_eq!(app.origin.stored_under("keyward:transaction:"), []);
}

pub(super) fn a3_at_most_ten_sign_ins_are_pending() {
    let (app, provider) = App::with("a3~many");
    let tab = app.load(APP);
    let mut urls = Vec::new();
    for _ in 0..13 {
        urls.push(app.go(&tab, at("main")).expect("the page is left"));
        // The oldest is known by its time.
        app.origin.turn_clock(10);
    }
    assert_eq!(app.origin.stored_under("keyward:transaction:").len(), 10);
    for url in &urls[..3] {
        // Others are pending for this very page, so it is not another library's.
        assert_eq!(code(app.come_back(url).result().expect("noticed")), Some(ErrorCode::InvalidState));
    }
    assert!(provider.received_at("token").is_empty());
    for url in &urls[3..] {
        assert!(app.come_back(url).result().expect("a response").is_ok());
    }
    assert_eq!(provider.received_at("token").len(), 10);
}

pub(super) fn a3_a_sign_in_is_pending_for_an_hour() {
    let (app, provider) = App::with("a3~late");
    let tab = app.load(APP);
    for (waits, accepted) in
        [(11 * 60_000, true), (59 * 60_000 + 50_000, true), (60 * 60_000 + 10_000, false), (-61 * 60_000, false)]
    {
        let before = provider.received_at("token").len();
        let url = app.go(&tab, at("main")).expect("the page is left");
        app.origin.turn_clock(waits);
        let result = app.open(&url);
        result.page.run(result.client.start());
        let result = result.result().expect("a response");
        app.origin.turn_clock(-waits);
        if accepted {
            assert!(result.is_ok(), "{result:?}");
        } else {
            assert_eq!(code(result), Some(ErrorCode::InvalidState));
        }
        assert_eq!(provider.received_at("token").len() - before, usize::from(accepted));
    }
    assert_eq!(app.origin.stored_under("keyward:transaction:"), []);
}

pub(super) fn a7_return_to_stays_on_the_origin() {
    let (app, provider) = App::with("a7~return");
    let hostile = [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "https:evil.example",
        "https:///evil.example/",
        "https://app.example@evil.example/",
        "https://user@app.example/",
        "https://app.example//evil.example/",
        "https://app.example.evil.example/",
        "https://app.example:444/",
        "http://app.example/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "blob:https://app.example/x",
        "\u{0}/x",
    ];
    let tab = app.load(APP);
    for return_to in hostile {
        let options = SignInOptions { return_to: Some(return_to.into()), ..at("main") };
        let error = app.go(&tab, options).expect_err("refused");
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{return_to:?}");
        assert!(error.message.contains("returnTo"), "{error}");
        assert_eq!(tab.page.navigated(), None);
    }
    assert!(provider.received().is_empty(), "nobody was asked anything");
    for (return_to, expected) in [
        ("/inbox?x=1#y", "https://app.example/inbox?x=1#y"),
        ("https://app.example/inbox", "https://app.example/inbox"),
        ("?x=https://evil.example", "https://app.example/?x=https://evil.example"),
    ] {
        let options = SignInOptions { return_to: Some(return_to.into()), ..at("main") };
        let url = app.go(&app.load(APP), options).expect("the page is left");
        let result = app.come_back(&url).result().expect("a response").expect("signed in");
        assert_eq!(result.return_to.as_deref(), Some(expected));
    }
}

pub(super) fn a8_issuers_that_do_not_name_themselves_need_redirect_uris_of_their_own() {
    let (silent, other) = (server().provider("a8~silent"), server().provider("a8~other"));
    silent.change_to(vec![
        Change::json(Place::Discovery, |metadata| remove(metadata, "authorization_response_iss_parameter_supported")),
        Change::params(|list| list.retain(|(name, _)| name != "iss")),
    ]);
    let mut app = App::new(&[("silent", silent.clone()), ("other", other.clone())]);
    // With URIs of their own, both work.
    app.signed_in("silent", "alice");
    app.signed_in("other", "alice");
    for shared in [Some(APP.to_owned()), None] {
        for provider in &mut app.config.providers {
            provider.redirect_uri.clone_from(&shared);
        }
        let before = silent.received_at("authorize").len();
        let tab = app.load(APP);
        let error = app.go(&tab, at("silent")).expect_err("refused");
        assert_eq!(error.code, ErrorCode::InvalidConfig);
        assert_eq!(error.provider.as_deref(), Some("silent"));
        assert!(error.message.contains("redirectUri") && error.message.contains("of its own"), "{error}");
        assert_eq!(silent.received_at("authorize").len(), before, "the client does not leave");
        app.signed_in("other", "alice");
    }
    // What is known at once is refused at once.
    for provider in &mut app.config.providers {
        let at = |name: &str| format!("{}/{name}", provider.issuer.clone().unwrap_or_default());
        let endpoints = ["authorize", "token"].map(|name| Json::from(at(name)));
        let [authorize, token] = endpoints;
        let members = vec![("authorization_endpoint".to_owned(), authorize), ("token_endpoint".to_owned(), token)];
        provider.metadata = Some(Json::Object(members));
    }
    let error = refused(app.config.clone());
    assert_eq!(error.code, ErrorCode::InvalidConfig);
    assert!(error.message.contains("redirectUri"), "{error}");
    // Two registrations at one issuer cannot be mixed up.
    let issuer = app.config.providers[0].issuer.clone();
    app.config.providers[1].issuer = issuer;
    app.config.providers[1].metadata = app.config.providers[0].metadata.clone();
    assert!(Client::new(Origin::new().open(APP), app.config.clone()).is_ok());
}

pub(super) fn a8_issuers_that_name_themselves_may_share_a_redirect_uri() {
    let providers = [("one", server().provider("a8~one")), ("two", server().provider("a8~two"))];
    let mut app = App::new(&providers);
    for provider in &mut app.config.providers {
        provider.redirect_uri = Some(APP.to_owned());
    }
    app.signed_in("one", "alice");
    app.signed_in("two", "bob");
}

pub(super) fn a10_mistakes_in_the_configuration_name_the_member() {
    let pair = |name: &str| vec![(name.to_owned(), "x".to_owned())];
    type Mistake = Box<dyn Fn(&mut ProviderConfig)>;
    let mistakes: Vec<(&str, Mistake)> = vec![
        ("issuer", Box::new(|provider| provider.issuer = Some("http://provider.example".into()))),
        ("issuer", Box::new(|provider| provider.issuer = Some("https://provider.example/?a".into()))),
        ("issuer", Box::new(|provider| provider.issuer = Some("javascript:alert(1)".into()))),
        ("issuer", Box::new(|provider| provider.issuer = Some("https://u:p@provider.example".into()))),
        ("issuer", Box::new(|provider| provider.issuer = None)),
        ("clientId", Box::new(|provider| provider.client_id.clear())),
        ("redirectUri", Box::new(|provider| provider.redirect_uri = Some("https://app.example/#x".into()))),
        ("redirectUri", Box::new(|provider| provider.redirect_uri = Some("/callback".into()))),
        ("redirectUri", Box::new(|provider| provider.redirect_uri = Some("javascript:x".into()))),
        ("postLogoutRedirectUri", Box::new(|provider| provider.post_logout_redirect_uri = Some("/bye".into()))),
        ("resource", Box::new(|provider| provider.resources = vec!["api".into()])),
        ("metadata", Box::new(|provider| provider.metadata = Some(Json::from("x")))),
        ("authorizationParams", Box::new(move |provider| provider.authorization_params = pair("client_secret"))),
        ("authorizationParams", Box::new(move |provider| provider.authorization_params = pair("state"))),
        ("authorizationParams", Box::new(move |provider| provider.authorization_params = pair("response_type"))),
        ("tokenParams", Box::new(move |provider| provider.token_params = pair("client_secret"))),
        ("tokenParams", Box::new(move |provider| provider.token_params = pair("client_assertion"))),
        ("tokenParams", Box::new(move |provider| provider.token_params = pair("grant_type"))),
    ];
    for (number, (member, mistake)) in mistakes.iter().enumerate() {
        let mut provider = ProviderConfig::new("https://provider.example", "app");
        mistake(&mut provider);
        let error = refused(Config::new(provider));
        assert_eq!(error.code, ErrorCode::InvalidConfig);
        assert!(error.message.contains(member), "mistake {number}: {error}");
    }
    let provider = ProviderConfig::new("https://provider.example", "app");
    let mut twice = Config::new(provider.clone());
    twice.providers.push(provider);
    assert!(refused(twice).message.contains("providers"));
}

pub(super) fn a10_protocol_parameters_cannot_be_replaced() {
    let (app, provider) = App::with("a10~params");
    let tab = app.load(APP);
    for name in
        ["state", "nonce", "redirect_uri", "client_id", "code_challenge", "request", "request_uri", "response_mode"]
    {
        let options = SignInOptions { params: vec![(name.into(), "x".into())], ..at("main") };
        let error = app.go(&tab, options).expect_err("refused");
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.contains("params"), "{error}");
    }
    assert!(provider.received().is_empty());
}

fn refused(config: Config) -> Error {
    let page = Origin::new().open(APP);
    match Client::new(page, config) {
        Err(error) => error,
        Ok(_) => panic!("{} accepts the configuration", server().url()),
    }
}
