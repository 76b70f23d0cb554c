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
