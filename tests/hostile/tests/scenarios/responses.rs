//! The way back (A4 to A6, A9).

use crate::stage::{APP, App, at, code, server};
use hostile_tests::Change;
use keyward::{Client, ErrorCode, SignInOptions};

pub(super) fn a4_every_caller_gets_the_result_of_one_exchange() {
    let (app, provider) = App::with("a4~callers");
    let url = app.go(&app.load(APP), at("main")).expect("the page is left");
    let tab = app.open(&url);
    // The start, two callers while it runs, and one long after: as with frameworks that mount everything twice.
    let (_, second, third) = tab.page.run(async {
        let start = tab.client.start();
        let (second, third) = (tab.client.handle_redirect(None), tab.client.handle_redirect(Some(url.clone())));
        let (first, second, third) = join(start, second, third).await;
        (first, second, third)
    });
    let fourth = tab.page.run(tab.client.handle_redirect(Some(url.clone())));
    let first = tab.client.redirect_result().expect("a response");
    assert!(first.outcome.is_ok(), "{first:?}");
    assert_eq!(third.as_ref(), Some(&first));
    assert_eq!(fourth.as_ref(), Some(&first));
    // Asked for the address after it was cleaned, there is nothing to handle, or the same.
    assert!(second.is_none() || second.as_ref() == Some(&first));
    assert_eq!(provider.received_at("token").len(), 1);
    assert_eq!(tab.event_names(), ["signedIn"]);
    app.shows_no_secret();
}

pub(super) fn a4_a_code_is_not_sent_again_by_another_page() {
    let (app, provider) = App::with("a4~reload");
    let url = app.go(&app.load(APP), at("main")).expect("the page is left");
    let first = app.come_back(&url);
    assert!(first.result().expect("a response").is_ok());
    for _ in 0..3 {
        let again = app.load(&url);
        assert!(again.result().is_none_or(|result| result.is_err()));
        assert!(again.token("main").is_ok(), "the session is not touched");
    }
    assert_eq!(provider.received_at("token").len(), 1);
}

pub(super) fn a4_two_pages_with_one_response_send_its_code_once() {
    let (app, provider) = App::with("a4~duplicated");
    let url = app.go(&app.load(APP), at("main")).expect("the page is left");
    // A duplicated tab: both ask the storage before either has taken the transaction out.
    let one = app.open(&url);
    let other = Client::new(one.page.clone(), app.config.clone()).expect("the configuration is sound");
    one.page.run(join(one.client.start(), other.start(), async {}));
    let results = [one.client.redirect_result(), other.redirect_result()];
    let results = results.map(|result| result.expect("a response").outcome);
    assert_eq!(provider.received_at("token").len(), 1);
    let failed: Vec<ErrorCode> =
        results.iter().filter_map(|result| result.as_ref().err()).map(|error| error.code).collect();
    assert_eq!(failed, [ErrorCode::InvalidState]);
}

pub(super) fn a5_a_code_of_somebody_elses_sign_in_is_worth_nothing() {
    let (victim, provider) = App::with("a5~injection");
    let attacker = App::new(&[("main", provider.clone())]);
    let options = SignInOptions { login_hint: Some("mallory".into()), ..at("main") };
    let stolen = attacker.go(&attacker.load(APP), options).expect("the page is left");
    let code_of = |url: &str| {
        let start = url.find("code=").expect("there is a code") + "code=".len();
        url[start..].split('&').next().expect("it ends somewhere").to_owned()
    };
    let injected = code_of(&stolen);
    provider.change_to(vec![Change::params(move |list| list[0].1.clone_from(&injected))]);
    let url = victim.go(&victim.load(APP), at("main")).expect("the page is left");
    let tab = victim.come_back(&url);
    // The verifier is not the one that the code belongs to.
    assert_eq!(code(tab.result().expect("a response")), Some(ErrorCode::TokenEndpoint));
    assert!(tab.client.state().session.is_none());
    provider.misbehave(false);
    victim.signed_in("main", "alice");
    victim.shows_no_secret();
}

pub(super) fn a5_a_forged_response_leaves_the_pending_sign_in_alone() {
    let (app, provider) = App::with("a5~forged");
    let url = app.go(&app.load(APP), at("main")).expect("the page is left");
    for forged in
        ["?code=forged&state=unknown", "?code=forged", "?error=access_denied&state=unknown", "?error=access_denied"]
    {
        let tab = app.come_back(&format!("https://app.example/main{forged}"));
        assert_eq!(code(tab.result().expect("noticed")), Some(ErrorCode::InvalidState));
        assert_eq!(tab.page.address(), "https://app.example/main");
    }
    assert!(provider.received_at("token").is_empty());
    assert!(app.come_back(&url).result().expect("a response").is_ok());
}

pub(super) fn a5_a_sign_in_that_began_at_another_issuer_is_not_finished_here() {
    let (mut app, before) = App::with("a5~before");
    let url = app.go(&app.load(APP), at("main")).expect("the page is left");
    // A new release of the app has another issuer under the same id.
    let after = server().provider("a5~after");
    app.config.providers[0].issuer = Some(after.issuer().to_owned());
    let tab = app.come_back(&url);
    assert_eq!(code(tab.result().expect("a response")), Some(ErrorCode::IssuerMismatch));
    assert_eq!(tab.page.address(), "https://app.example/main");
    for provider in [before, after] {
        assert!(provider.received_at("token").is_empty());
    }
}

pub(super) fn a5_a_response_of_one_provider_is_none_of_another() {
    let (honest, evil) = (server().provider("a5~honest"), server().provider("a5~evil"));
    let app = App::new(&[("honest", honest.clone()), ("evil", evil.clone())]);
    // The sign-in began at the evil provider, which has the user's browser go on to the honest one (RFC 9700 section 4.4).
    let iss = honest.issuer().to_owned();
    evil.change_to(vec![Change::params(move |list| list[2].1.clone_from(&iss))]);
    let url = app.go(&app.load(APP), at("evil")).expect("the page is left");
    let tab = app.come_back(&url);
    assert_eq!(code(tab.result().expect("a response")), Some(ErrorCode::IssuerMismatch));
    assert!(evil.received_at("token").is_empty(), "the code of the honest provider is not handed to the evil one");
    assert!(honest.received_at("token").is_empty());
    app.shows_no_secret();
}

pub(super) fn a6_the_address_bar_is_clean_before_anything_else_happens() {
    let (app, provider) = App::with("a6~order");
    // The second time, every request of the page that is returned to fails.
    for fails in [false, true] {
        let url = app.go(&app.load(APP), at("main")).expect("the page is left");
        if fails {
            provider.change_to(vec![Change::answer(hostile_tests::Place::Token, |answer| answer.status = 500)]);
        }
        app.origin.course.borrow_mut().clear();
        let tab = app.come_back(&url);
        assert_eq!(tab.result().expect("a response").is_err(), fails);
        assert_eq!(app.origin.course.borrow().first().map(String::as_str), Some("replace_url"));
        // Once more when the sign-in is finished: the user is back where it began.
        let times = app.origin.course.borrow().iter().filter(|what| *what == "replace_url").count();
        assert_eq!(times, if fails { 1 } else { 2 });
        assert_eq!(tab.page.address(), if fails { "https://app.example/main" } else { APP });
    }
    app.shows_no_secret();
}

pub(super) fn a6_what_is_not_of_the_redirect_uri_leaves_the_address_bar() {
    let provider = server().provider("a6~foreign");
    let mut app = App::new(&[("main", provider.clone())]);
    app.config.providers[0].redirect_uri = Some("https://app.example/cb?tab=a%20b&x=+&flag".into());
    for succeeds in [true, false] {
        provider.change_to(vec![Change::params(move |list| {
            list.push(("session_state".into(), "s".into()));
            list.push(("theme".into(), "dark".into()));
            if !succeeds {
                list.retain(|(name, _)| name != "code");
                list.push(("error".into(), "access_denied".into()));
                list.push(("error_description".into(), "no".into()));
                list.push(("error_uri".into(), "u".into()));
            }
        })]);
        let url = app.go(&app.load(APP), at("main")).expect("the page is left");
        let tab = app.come_back(&format!("{url}#section-2"));
        assert_eq!(tab.result().expect("a response").is_ok(), succeeds);
        let failed = "https://app.example/cb?tab=a%20b&x=+&flag#section-2";
        assert_eq!(tab.page.address(), if succeeds { APP } else { failed });
    }
}

pub(super) fn a9_the_response_to_somebody_else_is_left_alone() {
    let (app, provider) = App::with("a9~foreign");
    app.signed_in("main", "alice");
    let before = provider.received().len();
    for url in [
        "https://app.example/?code=another-library&state=its-state",
        "https://app.example/?code=without-state#fragment",
        "https://app.example/?error=access_denied&state=its-state",
        "https://app.example/?state=its-state",
        "https://app.example/#code=x&state=y",
        "https://app.example/?promo=code",
    ] {
        let replaced = app.origin.replaced.borrow().len();
        let tab = app.load(url);
        assert!(tab.client.redirect_result().is_none(), "{url}");
        assert_eq!(tab.page.address(), url, "untouched");
        assert_eq!(app.origin.replaced.borrow().len(), replaced);
        assert!(tab.event_names().is_empty());
        assert!(tab.client.state().is_signed_in());
    }
    assert_eq!(provider.received().len(), before);
}

/// Drives three futures together.
async fn join<A, B, C>(
    a: impl Future<Output = A>,
    b: impl Future<Output = B>,
    c: impl Future<Output = C>,
) -> (A, B, C) {
    use std::pin::pin;
    use std::task::Poll;
    let (mut a, mut b, mut c) = (pin!(a), pin!(b), pin!(c));
    let (mut from_a, mut from_b, mut from_c) = (None, None, None);
    std::future::poll_fn(move |context| {
        poll(&mut a, &mut from_a, context);
        poll(&mut b, &mut from_b, context);
        poll(&mut c, &mut from_c, context);
        match (from_a.take(), from_b.take(), from_c.take()) {
            (Some(a), Some(b), Some(c)) => Poll::Ready((a, b, c)),
            (a, b, c) => {
                (from_a, from_b, from_c) = (a, b, c);
                Poll::Pending
            }
        }
    })
    .await
}

fn poll<T>(
    future: &mut std::pin::Pin<&mut impl Future<Output = T>>,
    result: &mut Option<T>,
    context: &mut std::task::Context<'_>,
) {
    if result.is_none()
        && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
    {
        *result = Some(value);
    }
}
