//! A page shows at once what the view beside the records says, and hands out its token; everything else waits until the
//! records were read, and what they say instead becomes one new state and one event.

use super::stage::*;
use keyward::client::{Status, TokenOptions};
use keyward::platform::Platform as _;
use keyward::platform::Signal;
use keyward::platform::sim::{StorageFault, World};
use keyward::protocol::error::ErrorCode;

fn session_key(world: &World) -> String {
    let stored = world.stored().into_iter().map(|(key, _)| key);
    stored.into_iter().find(|key| key.starts_with("keyward:session:")).expect("somebody is signed in")
}

fn forget_everything(world: &World) {
    for (key, _) in world.stored() {
        world.store(&key, None);
    }
}

#[test]
fn e1_the_token_of_the_view_is_the_one_that_is_stored_and_no_refresh_token_is_beside_it() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let token = page.token(&world).unwrap();
        let view = page.tab.view(&view_key()).expect("somebody is signed in");
        let (_, record) = world.stored().into_iter().find(|(key, _)| *key == session_key(&world)).unwrap();
        let record = keyward::platform::sim::parse_json(&record).unwrap();
        assert!(view.contains(&*token));
        assert!(!view.contains(record.str("refresh").unwrap()) && !view.contains(record.str("idToken").unwrap()));
        let requests = world.exchanges().len();
        let page = page.reload(&world);
        assert_eq!((page.status(), page.token(&world)), (Status::SignedIn, Ok(token)), "seed {seed}");
        assert_eq!((page.events(), world.exchanges().len()), (Vec::<String>::new(), requests), "seed {seed}");
    }
}

#[test]
fn e4_g3_after_a_sign_out_a_page_that_starts_finds_no_view() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (one, two) = two_tabs(&world, "alice");
        one.sign_out(&world);
        assert_eq!(one.tab.view(&view_key()), None, "seed {seed}: the tab itself");
        world.run_for(SECOND);
        assert_eq!(two.tab.view(&view_key()), None, "seed {seed}: the other one");
        let third = load(&world, APP);
        assert_eq!((third.status(), third.token(&world)), (Status::SignedOut, Err(ErrorCode::LoginRequired)));
    }
}

#[test]
fn f2_a_stale_view_is_taken_back_as_soon_as_the_records_are_read() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let alices = page.tab.view(&view_key()).unwrap();
        page.sign_out(&world);
        // Another tab would take it back as soon as it saw it.
        page.tab.kill();
        let page = signed_in(&world, "bob");
        // As if alice's had been left by a tab that knew no better.
        page.tab.set_view(&view_key(), Some(&alices));
        world.run_for(SECOND);
        let page = page.reload(&world);
        world.run_for(SECOND);
        assert_eq!(page.client.state().session.as_ref().unwrap().subject, "bob", "seed {seed}");
        let token = page.token(&world).unwrap();
        assert!(!alices.contains(&*token), "seed {seed}");
        let mut events = page.events();
        events.sort();
        assert_eq!(events, ["signedIn other_context", "signedOut storage_cleared other_context"], "seed {seed}");
        assert_ne!(page.tab.view(&view_key()), Some(alices), "it is put right");
    }
}

#[test]
fn e1_an_expired_view_gives_no_token_and_a_call_waits_for_the_records() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let token = page.token(&world).unwrap();
        page.tab.kill();
        world.run_for(60 * MINUTE);
        let page = begin_load(&world, APP);
        wait_until(&world, SECOND, || page.status() == Status::SignedIn);
        assert_eq!(page.client.cached_token(&TokenOptions::default()), None, "seed {seed}");
        let renewed = page.token(&world).unwrap();
        assert_ne!(renewed, token, "seed {seed}");
    }
}

#[test]
fn e4_no_token_of_a_view_is_handed_out_after_the_view_was_removed() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (one, two) = two_tabs(&world, "alice");
        two.tab.kill();
        let page = begin_load(&world, APP);
        wait_until(&world, SECOND, || page.status() == Status::SignedIn);
        assert!(page.client.cached_token(&TokenOptions::default()).is_some(), "seed {seed}");
        page.tab.set_view(&view_key(), None);
        assert_eq!(page.client.cached_token(&TokenOptions::default()), None, "seed {seed}");
        drop(one);
    }
}

#[test]
fn g1_the_view_is_gone_before_the_record_is() {
    for seed in 0..50 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let client = page.client.clone();
        page.tab.call(async move { client.sign_out(Default::default()).await });
        let is_stored = || world.stored().iter().any(|(key, _)| key.starts_with("keyward:session:"));
        wait_until(&world, SECOND, || !is_stored());
        assert_eq!(page.tab.view(&view_key()), None, "seed {seed}");
    }
}

#[test]
fn e4_a_stale_view_revives_nothing() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let alices = page.tab.view(&view_key()).unwrap();
        page.sign_out(&world);
        assert!(!world.stored().is_empty(), "the database is there, and says that nobody is signed in");
        page.tab.set_view(&view_key(), Some(&alices));
        world.run_for(SECOND);
        page.tab.kill();
        let begun = world.time();
        let page = begin_load(&world, APP);
        wait_until(&world, SECOND, || page.status() == Status::SignedIn);
        wait_until(&world, SECOND, || page.status() == Status::SignedOut);
        assert!(world.time() - begun < 40, "seed {seed}: as soon as the database was read");
        world.run_for(SECOND);
        assert_eq!((page.status(), page.tab.view(&view_key())), (Status::SignedOut, None), "seed {seed}");
        assert_eq!(page.token(&world), Err(ErrorCode::LoginRequired), "seed {seed}");
    }
}

#[test]
fn a_view_without_any_records_counts_once() {
    let world = World::new(5);
    let page = signed_in(&world, "alice");
    let token = page.token(&world).unwrap();
    page.tab.kill();
    forget_everything(&world);
    let page = load(&world, APP);
    world.run_for(SECOND);
    assert_eq!((page.status(), page.token(&world)), (Status::SignedIn, Ok(token)));
    assert!(session_key(&world).starts_with("keyward:session:"), "it is stored again");
    world.run_for(60 * MINUTE);
    assert_eq!(page.token(&world), Err(ErrorCode::NoRefreshToken), "there is nothing to get another token with");
    page.sign_out(&world);
    assert_eq!(load(&world, APP).status(), Status::SignedOut);
}

#[test]
fn a_view_without_any_records_counts_for_all_tabs_that_start_at_once() {
    for seed in 0..200 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let token = page.token(&world).unwrap();
        page.tab.kill();
        forget_everything(&world);
        let pages: Vec<Page> = (0..3).map(|_| begin_load(&world, APP)).collect();
        // Somebody goes from one to the other meanwhile.
        for page in pages.iter().cycle().take(40) {
            page.tab.signal(Signal::Awake);
            world.run_for(4);
        }
        world.run_for(SECOND);
        for page in &pages {
            assert_eq!((page.status(), page.token(&world)), (Status::SignedIn, Ok(token.clone())), "seed {seed}");
            assert_eq!(page.events(), Vec::<String>::new(), "seed {seed}");
        }
    }
}

#[test]
fn f6_while_the_records_cannot_be_read_the_views_token_is_all_that_there_is() {
    let world = World::new(7);
    let page = signed_in(&world, "alice");
    let token = page.token(&world).unwrap();
    page.tab.kill();
    world.set_storage_fault(StorageFault::Broken);
    let page = load(&world, APP);
    world.run_for(SECOND);
    assert_eq!((page.status(), page.token(&world)), (Status::SignedIn, Ok(token)));
    world.run_for(60 * MINUTE);
    assert_eq!(page.token(&world), Err(ErrorCode::Storage));
    world.set_storage_fault(StorageFault::None);
    assert!(page.token(&world).is_ok(), "read again as soon as it can be");
}
