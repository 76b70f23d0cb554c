//! Tokens for several resources and scopes, from one refresh token that rotates: one request each, however many ask.

use super::stage::*;
use keyward::client::{SignInOptions, Status, TokenOptions};
use keyward::platform::sim::World;
use keyward::protocol::error::ErrorCode;
use std::collections::BTreeSet;

fn to(resource: &str, scope: &str) -> TokenOptions {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    TokenOptions { resource: text(resource), scope: text(scope), ..TokenOptions::default() }
}

/// The same page after a sign-in that asks for these resources.
fn sign_in_with(world: &World, page: &Page, resources: &[&str]) -> Page {
    let resources = Some(resources.iter().map(|resource| (*resource).to_owned()).collect());
    let client = page.client.clone();
    page.tab.call(async move { client.sign_in(SignInOptions { resources, ..SignInOptions::default() }).await });
    world.run_for(SECOND);
    let url = page.tab.navigated().expect("the page is left");
    page.tab.unload();
    load(world, &world.authorize(&url, "alice").expect("the provider accepts the request"))
}

fn token(world: &World, page: &Page, options: TokenOptions) -> Result<String, ErrorCode> {
    let call = page.ask_with(options);
    let answer = world.finish(&call, MINUTE).expect("every call settles");
    answer.map(|token| token.to_string()).map_err(|error| error.code)
}

const A: &str = "https://a.example";
const B: &str = "https://b.example";

#[test]
fn h3_many_callers_in_two_tabs_cost_one_request_for_each_target() {
    for seed in 0..30 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let own = first.token(&world).unwrap();
        let targets = [(A, ""), (B, ""), (A, "openid"), ("", "openid")];
        let calls: Vec<_> = (0..10)
            .flat_map(|_| [&first, &second])
            .flat_map(|page| targets.map(|(resource, scope)| (resource, scope, page.ask_with(to(resource, scope)))))
            .collect();
        world.run_for(MINUTE);
        let mut tokens = BTreeSet::new();
        for (resource, scope, call) in &calls {
            let token = call.take().expect("settled").expect("a token").to_string();
            assert_eq!(world.provider().resource(&token).unwrap_or_default(), *resource, "seed {seed}");
            tokens.insert((*resource, *scope, token));
        }
        assert_eq!(tokens.len(), targets.len(), "seed {seed}: one token for each, in both tabs");
        assert_eq!(refreshes(&world, 0).len(), targets.len(), "seed {seed}");
        assert_eq!(first.token(&world).as_ref(), Ok(&own), "seed {seed}: the session's own stays");
        assert_eq!(first.events(), ["signedIn local"], "seed {seed}: nobody's news");
        assert!(refreshes(&world, 0).iter().all(|exchange| exchange.arrival.as_ref().unwrap().status == 200));
        // They are there after a reload, and the session goes on.
        let first = first.reload(&world);
        assert!(token(&world, &first, to(A, "")).is_ok());
        assert_eq!(refreshes(&world, 0).len(), targets.len(), "seed {seed}");
        world.run_for(10 * MINUTE);
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}");
        assert_eq!(first.status(), Status::SignedIn, "seed {seed}");
    }
}

#[test]
fn h3_an_expired_token_for_a_resource_is_renewed_when_it_is_asked_for() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    let old = token(&world, &page, to(A, "")).unwrap();
    world.run_for(6 * MINUTE);
    let before = refreshes(&world, 0).len();
    let new = token(&world, &page, to(A, "")).unwrap();
    assert_ne!(old, new);
    assert_eq!(refreshes(&world, 0).len(), before + 1);
    assert_eq!(world.provider().resource(&new), Some(A));
    let forced = token(&world, &page, TokenOptions { force_refresh: true, ..to(A, "") }).unwrap();
    assert_ne!(forced, new);
}

#[test]
fn h3_what_the_session_has_anyway_is_not_asked_for() {
    let world = World::new(2);
    let page = signed_in(&world, "alice");
    let own = page.token(&world).unwrap().to_string();
    assert_eq!(token(&world, &page, to("", "offline_access openid")), Ok(own));
    assert!(refreshes(&world, 0).is_empty());
}

#[test]
fn k8_a_provider_that_ignores_the_scope_costs_one_request() {
    let world = World::new(3);
    world.provider().settings.ignores_scope = true;
    let page = signed_in(&world, "alice");
    let one = token(&world, &page, to(A, "openid")).unwrap();
    for scope in ["openid", "openid offline_access"] {
        assert_eq!(token(&world, &page, to(A, scope)).as_ref(), Ok(&one), "{scope}");
    }
    assert_eq!(refreshes(&world, 0).len(), 1);
}

#[test]
fn h3_what_the_grant_cannot_cover_is_not_asked_for() {
    let world = World::new(4);
    // Whatever is refused there costs the refresh token.
    world.provider().settings.resources = Some(vec![A.to_owned(), B.to_owned()]);
    let page = load(&world, APP);
    let page = sign_in_with(&world, &page, &[A, B]);
    let outside = [to("https://c.example", ""), to("https://a.example/", ""), to(B, "admin"), to("", "openid admin")];
    for options in outside.into_iter().chain([to("no uri", ""), to("https://a.example#x", "")]) {
        assert_eq!(token(&world, &page, options.clone()), Err(ErrorCode::InvalidArgument), "{options:?}");
    }
    assert_eq!(refreshes(&world, 0).len(), 0);
    let call = page.ask_with(to("https://c.example", ""));
    let error = world.finish(&call, MINUTE).expect("settled").expect_err("refused");
    assert!(error.message.starts_with("resource: ") && error.message.contains("sign-in"), "{}", error.message);
    // What it covers is there, and after a reload the page knows it still.
    for options in [to(A, "openid"), to(B, ""), to("", "offline_access")] {
        assert!(token(&world, &page, options).is_ok());
    }
    let page = page.reload(&world);
    assert_eq!(token(&world, &page, to("https://c.example", "")), Err(ErrorCode::InvalidArgument));
    assert_eq!(refreshes(&world, 0).len(), 3);
    world.run_for(10 * MINUTE);
    assert!(page.token(&world).is_ok() && page.status() == Status::SignedIn);
}

#[test]
fn h3_a_target_that_is_refused_is_not_asked_for_again_at_once() {
    let world = World::new(5);
    world.provider().settings.resources = Some(Vec::new());
    world.provider().settings.grace = MINUTE;
    let page = signed_in(&world, "alice");
    // Where no resource was asked for at sign-in, the provider decides.
    let poll = || (0..20).map(|_| token(&world, &page, to(A, "")));
    assert!(poll().all(|answer| answer == Err(ErrorCode::TokenEndpoint)));
    assert_eq!(refreshes(&world, 0).len(), 1, "one request for all who poll");
    assert_eq!(page.status(), Status::SignedIn, "it says nothing about the session");
    assert_eq!(token(&world, &page, to(B, "")), Err(ErrorCode::TokenEndpoint), "nor about another resource");
    let options = TokenOptions { force_refresh: true, ..TokenOptions::default() };
    assert!(token(&world, &page, options).is_ok(), "no pause for anybody else");
    let before = refreshes(&world, 0).len();
    assert!(poll().all(|answer| answer == Err(ErrorCode::TokenEndpoint)));
    assert_eq!(refreshes(&world, 0).len(), before);

    // A minute later it may be asked for again, and so it may at once by a new sign-in.
    world.run_for(MINUTE);
    world.provider().settings.resources = None;
    assert!(token(&world, &page, to(A, "")).is_ok());
    world.provider().settings.resources = Some(Vec::new());
    assert_eq!(token(&world, &page, to(B, "")), Err(ErrorCode::TokenEndpoint));
    world.provider().settings.resources = None;
    let page = sign_in(&world, &page, "alice");
    assert!(token(&world, &page, to(B, "")).is_ok());
}

#[test]
fn h3_without_a_refresh_token_there_is_no_other_token() {
    let world = World::new(5);
    world.provider().settings.refresh_tokens = false;
    let page = signed_in(&world, "alice");
    assert!(page.token(&world).is_ok());
    assert_eq!(token(&world, &page, to(A, "")), Err(ErrorCode::NoRefreshToken));
}

#[test]
fn h3_a_full_storage_drops_them_before_the_refresh_token() {
    let world = World::new(6);
    let page = signed_in(&world, "alice");
    token(&world, &page, to(A, "")).unwrap();
    world.set_storage_fault(keyward::platform::sim::StorageFault::Full(700));
    let kept = token(&world, &page, to(B, "")).expect("it lives on in memory");
    assert_eq!(token(&world, &page, to(B, "")), Ok(kept));
    world.set_storage_fault(keyward::platform::sim::StorageFault::None);
    let page = page.reload(&world);
    assert!(token(&world, &page, to(A, "")).is_ok());
}
