//! Signing out where the provider's own logout does less than one would think (K9, K10): its logout page, here a page
//! that does not even exist, neither revokes tokens nor says what the user chose there.

use crate::native::Page;
use crate::stage::{APP, App, Tab, code, of};
use hostile_tests::Provider;
use keyward::platform::Platform as _;
use keyward::{ErrorCode, SignOutOptions};
use std::sync::Arc;

/// Signs in and out, as far as the way to the provider's logout: the tab that is left, the refresh token that it had, and
/// where it went.
fn left_for_logout(path: &str) -> (App, Arc<Provider>, Tab, String, String) {
    let (mut app, provider) = App::with(path);
    app.config.providers[0].post_logout_redirect_uri = Some(format!("{APP}bye"));
    let tab = app.signed_in("main", "alice");
    let (_, record) = app.origin.stored_under("keyward:session:").pop().expect("a session is stored");
    let record = Page::parse_json(&record).expect("a record is JSON");
    let refresh_token = record.str("refresh").expect("with a refresh token").to_owned();
    assert!(provider.honours(&refresh_token));
    app.origin.course.borrow_mut().clear();
    let options = SignOutOptions { account: of("main"), ..SignOutOptions::default() };
    assert!(tab.page.attempt(tab.client.sign_out(options)).is_none(), "the page is left");
    let url = tab.page.navigated().expect("for the logout page");
    assert!(url.starts_with(&format!("{}/logout?", provider.issuer())), "{url}");
    (app, provider, tab, refresh_token, url)
}

pub(super) fn k9_a_refresh_token_that_outlives_the_logout_is_revoked_before_the_page_goes_there() {
    let (app, provider, tab, refresh_token, _) = left_for_logout("k9~logout");
    assert_eq!(*app.origin.course.borrow(), ["send", "send", "navigate"], "first the tokens, then the page");
    let revoked = provider.received_at("revoke");
    let hints: Vec<_> = revoked.iter().map(|request| request.form_value("token_type_hint")).collect();
    assert_eq!(hints, [Some("refresh_token"), Some("access_token")], "what lives longest first");
    assert_eq!(revoked[0].form_value("token"), Some(&*refresh_token));
    assert!(!provider.honours(&refresh_token), "it is worth nothing any more");
    assert!(tab.client.state().session.is_none());
    assert_eq!(app.origin.stored_under("keyward:session:"), []);
}

pub(super) fn k10_a_logout_that_was_declined_leaves_nobody_signed_in_here() {
    for decision in ["accepted", "declined"] {
        let (app, provider, tab, refresh_token, url) = left_for_logout(&format!("k10~{decision}"));
        // The user is signed out before the provider asks anything, and nothing that comes later changes that.
        assert_eq!(code(tab.token("main")), Some(ErrorCode::LoginRequired), "{decision}");
        let query = url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        let state = query.split('&').find_map(|pair| pair.strip_prefix("state=")).expect("a state goes along");
        // RP-Initiated Logout 1.0, section 3: the way back is the same, whatever the user chose.
        let before = provider.received().len();
        let back = app.load(&format!("{APP}bye?state={state}"));
        assert_eq!(back.page.address(), format!("{APP}bye"), "{decision}: the state leaves the address bar");
        assert!(back.result().is_none(), "{decision}: it is no sign-in");
        assert!(back.client.state().session.is_none(), "{decision}");
        assert_eq!(code(back.token("main")), Some(ErrorCode::LoginRequired), "{decision}");
        assert_eq!(app.origin.stored_under("keyward:session:"), [], "{decision}");
        assert_eq!(app.origin.stored_under("keyward:transaction:"), [], "{decision}");
        assert!(!provider.honours(&refresh_token), "{decision}: and the provider takes the tokens for revoked");
        assert_eq!(provider.received().len(), before, "{decision}: nobody is asked for anything on the way back");
    }
}

pub(super) fn g2_a_long_id_token_reaches_the_logout_whole_as_a_form() {
    for length in [100, 29_000, 500_000] {
        let (mut app, provider) = App::with(&format!("g2~long~{length}"));
        app.config.providers[0].post_logout_redirect_uri = Some(format!("{APP}bye"));
        let tab = app.signed_in("main", "alice");
        let id_token = tab.with_id_token(&app, length);
        let options = SignOutOptions {
            account: of("main"),
            params: vec![("ui_locales".to_owned(), "de fr".to_owned()), ("submit".to_owned(), "1".to_owned())],
            ..SignOutOptions::default()
        };
        assert!(tab.page.attempt(tab.client.sign_out(options)).is_none(), "the page is left");
        assert!(tab.client.state().session.is_none());
        let logout = format!("{}/logout", provider.issuer());
        let went = tab.page.navigated().expect("for the logout");
        if length == 100 {
            assert!(went.starts_with(&format!("{logout}?id_token_hint={id_token}&")) && went.len() <= 2_000, "{went}");
            continue;
        }
        assert_eq!(went, logout, "nothing of it is in the address");
        let [request] = &provider.received_at("logout")[..] else { panic!("one request") };
        assert_eq!((request.method.as_str(), request.query.len()), ("POST", 0));
        assert_eq!(request.form_value("id_token_hint"), Some(&*id_token));
        assert_eq!(request.form_value("client_id"), Some("app"));
        assert_eq!(request.form_value("post_logout_redirect_uri"), Some("https://app.example/bye"));
        assert_eq!((request.form_value("ui_locales"), request.form_value("submit")), (Some("de fr"), Some("1")));
        let state = request.form_value("state").expect("a state goes along");
        let back = app.load(&format!("{APP}bye?state={state}"));
        assert_eq!((back.page.address(), back.result().is_none()), (format!("{APP}bye"), true), "it is no sign-in");
    }
}

pub(super) fn g2_without_a_session_the_provider_that_is_named_is_asked_all_the_same() {
    let (mut app, provider) = App::with("g2~nobody");
    app.config.providers[0].post_logout_redirect_uri = Some(format!("{APP}bye"));
    let tab = app.load(APP);
    let with = |account, local| SignOutOptions { account, local, ..SignOutOptions::default() };
    assert_eq!(tab.page.run(tab.client.sign_out(with(Default::default(), false))), Ok(()), "nothing to do");
    assert_eq!(tab.page.run(tab.client.sign_out(with(of("main"), true))), Ok(()), "local never leaves");
    assert_eq!(code(tab.page.run(tab.client.sign_out(with(of("other"), false)))), Some(ErrorCode::UnknownProvider));
    let javascript =
        SignOutOptions { post_logout_redirect_uri: Some("javascript:alert(1)".to_owned()), ..with(of("main"), false) };
    assert_eq!(code(tab.page.run(tab.client.sign_out(javascript))), Some(ErrorCode::InvalidArgument));
    assert_eq!(provider.received().len(), 0);
    assert!(tab.page.navigated().is_none());

    assert!(tab.page.attempt(tab.client.sign_out(with(of("main"), false))).is_none(), "the page is left");
    let went = tab.page.navigated().expect("for the logout");
    let asked = format!(
        "{}/logout?client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye&state=",
        provider.issuer()
    );
    let state = went.strip_prefix(&asked).unwrap_or_else(|| panic!("{went}"));
    let back = app.load(&format!("{APP}bye?state={state}"));
    assert_eq!((back.page.address(), back.result().is_none()), (format!("{APP}bye"), true), "it is no sign-in");
    assert_eq!(app.origin.stored_under("keyward:transaction:"), []);
    assert_eq!(provider.received_at("revoke").len(), 0, "there was nothing to revoke");
}
