//! A storage that takes no more keeps no session from going on, and the consumed refresh token does not stay behind.

use super::stage::*;
use keyward::client::{Status, TokenOptions};
use keyward::platform::sim::{StorageFault, World};

/// Identity and refresh token fit, the whole record does not.
const NEARLY_FULL: StorageFault = StorageFault::Full(420);

#[test]
fn e8_the_slim_record_carries_the_session_over_a_reload() {
    for seed in 0..50 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.set_storage_fault(NEARLY_FULL);
        world.run_for(5 * MINUTE);
        assert!(page.token(&world).is_ok(), "seed {seed}");
        assert!(page.events().contains(&"storageDegraded storage".to_owned()), "seed {seed}: {:?}", page.events());
        let page = page.reload(&world);
        assert!(page.token(&world).is_ok(), "seed {seed}: the slim record has the new refresh token");
    }
}

#[test]
fn e8_two_tabs_do_not_refresh_each_other_in_turns() {
    for seed in 0..30 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.set_storage_fault(NEARLY_FULL);
        let before = world.time();
        for _ in 0..40 {
            world.run_for(30 * SECOND);
            let tokens = [first.token(&world), second.token(&world)];
            assert!(
                tokens.iter().all(Result::is_ok),
                "seed {seed}: {tokens:?}, {:?} {:?}",
                first.events(),
                second.events()
            );
        }
        let requests = refreshes(&world, before).len();
        assert!(requests <= 10, "seed {seed}: {requests} requests for four expiries of two tabs");
    }
}

#[test]
fn e8_what_was_kept_in_memory_is_stored_as_soon_as_it_can_be() {
    for seed in 0..50 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.set_storage_fault(StorageFault::ReadOnly);
        world.run_for(5 * MINUTE);
        let token = page.token(&world);
        assert!(token.is_ok(), "seed {seed}");
        world.set_storage_fault(StorageFault::None);
        world.run_for(MINUTE);
        let page = page.reload(&world);
        assert_eq!(page.token(&world), token, "seed {seed}: nothing was lost");
    }
}

#[test]
fn e8_a_storage_that_is_gone_does_not_make_the_background_spin() {
    let world = World::new(5);
    let page = signed_in(&world, "alice");
    world.set_storage_fault(StorageFault::Broken);
    let before = (world.time(), world.steps());
    world.run_for(HOUR);
    assert!(world.steps() - before.1 < 5_000, "{} steps", world.steps() - before.1);
    world.set_storage_fault(StorageFault::None);
    world.run_for(5 * MINUTE);
    assert_eq!(page.status(), Status::SignedIn);
    assert!(page.token(&world).is_ok());
}

#[test]
fn e8_an_end_for_which_there_is_no_room_is_not_found_out_over_and_over() {
    for seed in 0..30 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.run_for(4 * MINUTE + 40 * SECOND);
        let longest = world.stored().iter().map(|(_, text)| text.len()).max().unwrap();
        // A marker fits, why the session ended does not.
        world.set_storage_fault(StorageFault::Full(longest + 30));
        world.provider().revoke_user("alice");
        let before = world.time();
        for _ in 0..30 {
            let asked = [first.ask_with(forced()), second.ask_with(forced())];
            world.run_for(10 * SECOND);
            assert!(asked.iter().all(|call| call.is_settled()), "seed {seed}");
        }
        let requests = refreshes(&world, before).len();
        assert!(requests <= 3, "seed {seed}: {requests} requests");
    }
}

fn forced() -> TokenOptions {
    TokenOptions { force_refresh: true, ..TokenOptions::default() }
}
