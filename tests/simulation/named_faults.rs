//! The known faults of the field, each under its name; the browser stories of the same names show them in real browsers.

use super::stage::*;
use keyward::client::{SignInOptions, SignOutOptions, Status};
use keyward::platform::sim::World;
use keyward::protocol::error::ErrorCode;
use std::collections::BTreeSet;

const ROUNDS: usize = 20;

#[test]
fn account_not_found_after_sign_out_and_in() {
    for seed in 0..10 {
        let world = World::new(seed);
        let (mut page, other) = (load(&world, APP), load(&world, APP));
        let mut tokens = BTreeSet::new();
        for round in 0..ROUNDS {
            let user = ["alice", "alice", "bob"][round % 3];
            page = sign_in(&world, &page, user);
            let token = page.token(&world).expect("the account is found");
            assert!(token.ends_with(user) && tokens.insert(token.to_string()), "seed {seed}, round {round}: {token}");
            assert_eq!(
                other.token(&world).as_deref(),
                Ok(&*token),
                "seed {seed}, round {round}: in the other tab, too"
            );
            sign_out_of(&world, &page, SignOutOptions { local: true, ..SignOutOptions::default() });
            for page in [&page, &other] {
                world.run_for(SECOND);
                assert_eq!(page.token(&world), Err(ErrorCode::LoginRequired), "seed {seed}, round {round}");
            }
            assert_eq!(sessions(&world), [], "seed {seed}, round {round}");
        }
    }
}

#[test]
fn stale_token_after_second_sign_in() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    let (first, first_token) = (sessions(&world), page.token(&world).unwrap());
    world.provider().settings.refresh_tokens = false;
    let page = sign_in(&world, &page, "alice");
    let second_token = page.token(&world).unwrap();
    assert_ne!(second_token, first_token);
    let second = sessions(&world);
    assert_eq!((first.len(), second.len(), &first[0].0), (1, 1, &second[0].0), "one record, of the same account");
    assert!(
        first[0].1.contains("\"refresh\"") && !second[0].1.contains("\"refresh\""),
        "what the grant lacks is absent"
    );
    let refused = world.finish(&page.ask_with(force()), MINUTE).expect("every call settles");
    assert_eq!(refused.map_err(|error| error.code), Err(ErrorCode::NoRefreshToken));
    let page = page.reload(&world);
    assert_eq!(page.token(&world), Ok(second_token));
}

#[test]
fn tokens_cleared_on_sign_out() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let page = sign_in(&world, &page, "bob");
        let other = load(&world, APP);
        sign_out_of(&world, &page, SignOutOptions { all: true, local: true, ..SignOutOptions::default() });
        world.run_for(10 * MINUTE);
        assert_eq!(world.stored(), [], "seed {seed}: as before the first use");
        for page in [page, other] {
            assert_eq!((page.status(), page.token(&world)), (Status::SignedOut, Err(ErrorCode::LoginRequired)));
            assert_eq!(page.reload(&world).status(), Status::SignedOut, "seed {seed}");
        }
        assert_eq!(world.stored(), [], "seed {seed}: and nobody has stored anything since");
    }
}

#[test]
fn refresh_token_kept_when_none_returned() {
    let world = World::new(1);
    world.provider().settings.rotation = false;
    let mut page = signed_in(&world, "alice");
    let began = world.time();
    for _ in 0..5 {
        world.finish(&page.ask_with(force()), MINUTE).expect("every call settles").expect("the kept one is good");
        page = page.reload(&world);
    }
    let presented: BTreeSet<_> = refreshes(&world, began).into_iter().map(|it| it.refresh_token).collect();
    assert_eq!((refreshes(&world, began).len(), presented.len()), (5, 1), "{presented:?}");
}

#[test]
fn two_refreshes_race() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let before = world.time();
        let calls: Vec<_> =
            [&first, &second].into_iter().flat_map(|page| [page.ask_with(force()), page.ask_with(force())]).collect();
        let tokens: BTreeSet<_> = calls
            .iter()
            .map(|call| world.finish(call, MINUTE).expect("every call settles").expect("a token").to_string())
            .collect();
        assert_eq!((tokens.len(), refreshes(&world, before).len()), (1, 1), "seed {seed}");
    }
}

#[test]
fn refresh_error_is_visible() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.provider().revoke_user("alice");
        let before = world.time();
        let refused = world.finish(&first.ask_with(force()), MINUTE).expect("every call settles").unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReauthRequired, "seed {seed}");
        world.run_for(HOUR);
        for page in [&first, &second] {
            assert_eq!(page.status(), Status::ReauthRequired, "seed {seed}");
            assert!(page.client.state().session.as_ref().is_some_and(|session| session.error.is_some()), "seed {seed}");
            let told = page.events().iter().filter(|event| event.starts_with("reauthRequired")).count();
            assert_eq!(told, 1, "seed {seed}: {:?}", page.events());
            assert_eq!(page.token(&world), Err(ErrorCode::ReauthRequired), "seed {seed}");
        }
        let second = second.reload(&world);
        assert_eq!(second.status(), Status::ReauthRequired, "seed {seed}: sticky");
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}: no loop");
        let first = sign_in(&world, &first, "alice");
        world.run_for(SECOND);
        for page in [&first, &second] {
            assert_eq!((page.status(), page.token(&world).is_ok()), (Status::SignedIn, true), "seed {seed}");
        }
    }
}

#[test]
fn google_needs_offline_and_consent() {
    let world = World::new(1);
    let page = load(&world, APP);
    let params = vec![("access_type".to_owned(), "offline".to_owned())];
    let options = SignInOptions { params, prompt: Some("consent".to_owned()), ..SignInOptions::default() };
    let client = page.client.clone();
    page.tab.call(async move { client.sign_in(options).await });
    world.run_for(SECOND);
    let url = page.tab.navigated().expect("the page is left");
    assert!(url.contains("access_type=offline") && url.contains("prompt=consent"), "{url}");
}

#[test]
fn provider_without_refresh_token() {
    let world = World::new(1);
    world.provider().settings.refresh_tokens = false;
    let page = signed_in(&world, "alice");
    let began = world.time();
    assert!(page.token(&world).is_ok());
    world.run_for(HOUR);
    assert_eq!(page.token(&world), Err(ErrorCode::NoRefreshToken), "never an expired one");
    assert!(refreshes(&world, began).is_empty());
    let page = sign_in(&world, &page, "alice");
    assert!(page.token(&world).is_ok());
}
