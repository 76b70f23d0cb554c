//! Two apps on one origin, in one namespace (F7): each with a registration of its own. What one does, the other finds
//! nothing of in its storage, and at the provider only its own tokens are gone.

use crate::native::Page;
use crate::stage::{APP, App, Tab, at, server};
use hostile_tests::Provider;
use keyward::platform::{Area, Platform as _};
use keyward::{Client, SignOutOptions};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Another app on the same origin: the same provider id, another client id, or another issuer.
fn two(path: &str, other_issuer: bool) -> (App, App, Arc<Provider>) {
    let (app, provider) = App::with(path);
    let others = if other_issuer { server().provider(&format!("{path}2")) } else { provider.clone() };
    let mut other = App::new(&[("main", others.clone())]);
    other.origin = app.origin.clone();
    if !other_issuer {
        other.config.providers[0].client_id = "spa2".to_owned();
    }
    (app, other, others)
}

/// Users sign in, and somebody leaves for the provider and does not come back so far: the URL of that response.
fn used(app: &App, users: &[&str]) -> String {
    for user in users {
        app.signed_in("main", user);
    }
    app.go(&app.load(APP), at("main")).expect("the page is left")
}

fn sign_everybody_out(app: &App) {
    let tab = app.load(APP);
    let options = SignOutOptions { all: true, local: true, ..SignOutOptions::default() };
    assert_eq!(tab.page.run(tab.client.sign_out(options)), Ok(()));
}

fn refresh_tokens(stored: &BTreeMap<String, String>) -> Vec<String> {
    let sessions = stored.iter().filter(|(key, _)| key.contains(":session:"));
    let record = |text: &str| Page::parse_json(text).expect("a record is JSON");
    sessions.map(|(_, text)| record(text).str("refresh").expect("a refresh token").to_owned()).collect()
}

pub(super) fn f7_signing_everybody_of_one_client_out_leaves_the_other_one_as_it_was() {
    for other_issuer in [false, true] {
        let (app, other, others_provider) = two(&format!("f7~all~{other_issuer}"), other_issuer);
        let response = used(&app, &["alice"]);
        let before = app.origin.stored();
        assert_eq!(before.keys().filter(|key| key.contains(":session:")).count(), 1);
        used(&other, &["bob", "carol"]);
        assert_eq!(app.load(APP).client.state().sessions.len(), 1, "nobody sees the other's sessions");
        let together = app.origin.stored();
        sign_everybody_out(&other);
        assert_eq!(app.origin.stored(), before, "as before the other's first use, byte by byte");
        let own = refresh_tokens(&before);
        for token in refresh_tokens(&together) {
            let provider = if own.contains(&token) { &app.providers[0] } else { &others_provider };
            assert_eq!(provider.honours(&token), own.contains(&token), "revoked are the tokens of the one alone");
        }
        let tab = app.load(APP);
        assert!(tab.new_token("main").is_ok(), "the session goes on");
        let back = app.come_back(&response);
        assert!(back.result().is_some_and(|result| result.is_ok()), "and so does the sign-in that was pending");
        sign_everybody_out(&app);
        assert_eq!(app.origin.stored(), BTreeMap::new(), "the last one leaves nothing");
    }
}

pub(super) fn f7_the_caches_of_the_first_release_stay_as_long_as_anybody_has_something() {
    let (app, other, _) = two("f7~caches", false);
    used(&app, &["alice"]);
    let plant = |name: &str| {
        let page = app.origin.open(APP);
        assert_eq!(page.run(page.swap(Area::Sessions, name, None, Some("{\"source\":\"s\"}"))), Ok(true));
    };
    plant("keyward:metadata:main");
    plant("keyward:keys:main");
    let before = app.origin.stored();
    used(&other, &["bob"]);
    sign_everybody_out(&other);
    assert_eq!(app.origin.stored(), before);
    sign_everybody_out(&app);
    assert_eq!(app.origin.stored(), BTreeMap::new());
}

pub(super) fn f7_a_transaction_of_the_first_release_is_whose_redirect_uri_it_has() {
    let (app, mut other, _) = two("f7~transactions", false);
    other.config.providers[0].redirect_uri = Some(format!("{APP}other"));
    let response = used(&app, &[]);
    // Release 0.1.0 did not say whose a transaction is.
    let (key, text) = app.origin.stored_under("keyward:transaction:").pop().expect("one is pending");
    let member = text.find("\"client\":").map(|start| (start, text[start + 10..].find("\",").expect("its end")));
    let (start, length) = member.expect("whose it is");
    let older = [&text[..start], &text[start + 10 + length + 2..]].concat();
    let page = app.origin.open(APP);
    assert_eq!(page.run(page.swap(Area::Transactions, &key, Some(&text), Some(&older))), Ok(true));
    sign_everybody_out(&other);
    assert_eq!(app.origin.stored_under("keyward:transaction:"), [(key, older)]);
    assert!(app.come_back(&response).result().is_some_and(|result| result.is_ok()));
}

pub(super) fn f7_the_response_to_one_client_is_not_taken_by_the_other() {
    let (app, other, _) = two("f7~response", false);
    let response = used(&app, &[]);
    // Both on one page, and the one that began nothing comes first.
    let page = other.origin.open(&response);
    let client = |app: &App| Client::new(page.clone(), app.config.clone()).expect("the configuration is sound");
    let (first, second) = (client(&other), client(&app));
    page.run(first.start());
    assert!(first.redirect_result().is_none(), "it is not its own");
    assert_eq!(page.address(), response, "and stays for the other");
    page.run(second.start());
    let result = second.redirect_result().expect("a response");
    assert!(result.outcome.is_ok());
    assert_eq!(page.address(), APP, "where the user was");
    assert_eq!((first.state().sessions.len(), second.state().sessions.len()), (0, 1));
}

pub(super) fn f7_the_pending_sign_ins_of_one_client_push_out_none_of_the_other() {
    let (app, other, _) = two("f7~pending", false);
    let response = used(&app, &[]);
    for _ in 0..12 {
        used(&other, &[]);
    }
    assert_eq!(app.origin.stored_under("keyward:transaction:").len(), 11);
    assert!(app.come_back(&response).result().is_some_and(|result| result.is_ok()));
}

pub(super) fn f7_what_a_later_release_of_the_other_client_stores_is_not_taken_for_damage() {
    let (app, other, _) = two("f7~later", false);
    app.signed_in("main", "alice");
    let (key, text) = app.origin.stored_under("keyward:session:").pop().expect("a session");
    let rewrite = |tab: &Tab, old: &str, new: &str| {
        assert_eq!(tab.page.run(tab.page.swap(Area::Sessions, &key, Some(old), Some(new))), Ok(true));
    };
    let later = text.replace("\"v\":1,", "\"v\":2,");
    rewrite(&app.open(APP), &text, &later);
    other.load(APP);
    sign_everybody_out(&other);
    assert_eq!(app.origin.stored_under("keyward:session:"), [(key.clone(), later.clone())]);
    // What says nobody's name is nobody's.
    rewrite(&app.open(APP), &later, "{}");
    other.load(APP);
    assert_eq!(app.origin.stored_under("keyward:session:"), []);
}
