//! A machine whose clock is wrong signs in, stays signed in, and asks no more often than any other.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::{Endpoint, Exchange, Fault, Faults, StorageFault, World};

const YEAR: i64 = 365 * 24 * HOUR;

#[test]
fn e10_however_wrong_it_is() {
    for (seed, offset) in (0..10).flat_map(|seed| [2 * HOUR, -2 * HOUR, YEAR, -YEAR].map(|offset| (seed, offset))) {
        let world = World::new(seed);
        world.set_clock_offset(offset);
        let (first, second) = two_tabs(&world, "alice");
        let before = world.time();
        for _ in 0..10 {
            world.run_for(4 * MINUTE);
            assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}, {offset}");
            // A refresh may have begun between the two.
            world.run_for(SECOND);
            assert_eq!(first.token(&world), second.token(&world), "seed {seed}, {offset}");
            assert_eq!(first.status(), Status::SignedIn, "seed {seed}, {offset}");
        }
        let requests = refreshes(&world, before).len();
        assert!((7..=9).contains(&requests), "seed {seed}, {offset}: {requests} requests in 40 minutes");
    }
}

#[test]
fn e10_a_clock_set_forward_costs_one_request() {
    for (seed, jump) in (0..20).flat_map(|seed| [MINUTE, HOUR, YEAR].map(|jump| (seed, jump))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let before = world.time();
        world.set_clock_offset(jump);
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}, {jump}");
        world.run_for(SECOND);
        assert!(refreshes(&world, before).len() <= 1, "seed {seed}, {jump}");
    }
}

#[test]
fn e9_a_clock_set_back_makes_no_token_younger() {
    for (seed, jump) in (0..20).flat_map(|seed| [90 * SECOND, 3 * MINUTE, HOUR, YEAR].map(|jump| (seed, jump))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let before = world.time();
        let expires_at =
            |page: &Page| page.client.state().session.as_ref().and_then(|session| session.expires_at).unwrap();
        let known = expires_at(&first);
        world.run_for(2 * MINUTE);
        world.set_clock_offset(-jump);
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}, {jump}");
        world.run_for(SECOND);
        assert_eq!(refreshes(&world, before).len(), 0, "seed {seed}, {jump}: its age is known");
        for page in [&first, &second] {
            assert!((known - jump - expires_at(page)).abs() < 50, "seed {seed}, {jump}: {}", known - expires_at(page));
        }
        // Five minutes after it was obtained it is over, whatever the clock says.
        let old = first.token(&world).unwrap();
        world.sleep_machine(3 * MINUTE);
        assert_ne!(second.token(&world).unwrap(), old, "seed {seed}, {jump}");
        world.run_for(10 * MINUTE);
        assert!(refreshes(&world, before).len() <= 4, "seed {seed}, {jump}");
    }
}

#[test]
fn e9_nor_does_it_for_a_page_that_is_loaded_afterwards() {
    for seed in 0..50 {
        let world = World::new(seed);
        let first = signed_in(&world, "alice");
        world.run_for(2 * MINUTE);
        world.set_clock_offset(-90 * SECOND);
        // Nobody asks. A page that is looked at compares the clocks by itself within a minute.
        world.run_for(MINUTE + SECOND);
        let old = first.token(&world).unwrap();
        let second = first.reload(&world);
        assert_eq!(second.token(&world).unwrap(), old, "seed {seed}: it is good for a minute more");
        world.sleep_machine(2 * MINUTE);
        assert_ne!(second.token(&world).unwrap(), old, "seed {seed}");
    }
}

#[test]
fn e9_a_jump_that_no_page_saw_leaves_a_token_of_unknown_age_if_it_was_long() {
    for seed in 0..20 {
        let world = World::new(seed);
        let first = signed_in(&world, "alice");
        first.tab.kill();
        world.set_clock_offset(-HOUR);
        let before = world.time();
        let second = load(&world, APP);
        assert!(second.token(&world).is_ok(), "seed {seed}");
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}: obtained in the future, it is not believed");
    }
}

#[test]
fn e9_a_machine_that_slept_is_noticed_within_a_minute_by_whoever_is_looked_at() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (_first, second) = two_tabs(&world, "alice");
        second.tab.set_visible(false);
        world.run_for(SECOND);
        world.sleep_machine(8 * HOUR);
        let before = world.time();
        world.run_for(MINUTE + SECOND);
        assert_eq!(successes(&world, before), 1, "seed {seed}: nobody asked, no event came");
    }
}

#[test]
fn e9_nor_is_a_back_off_waited_for_any_longer() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.faults().percent = 100;
        world.faults().kinds = vec![Fault::Status(503)];
        world.run_for(HOUR);
        assert!(first.token(&world).is_err(), "seed {seed}");
        *world.faults() = Faults::default();
        world.set_clock_offset(-15 * HOUR);
        if seed % 2 == 0 {
            world.run_for(5 * MINUTE + 15 * SECOND);
            assert!(first.token(&world).is_ok(), "seed {seed}");
        } else {
            // Nobody is left who knows how long ago it began.
            first.tab.kill();
            second.tab.kill();
            assert!(load(&world, APP).token(&world).is_ok(), "seed {seed}");
        }
    }
}

#[test]
fn e9_a_back_off_that_only_memory_has_is_set_back_once() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (_first, _second) = two_tabs(&world, "alice");
        world.set_storage_fault(StorageFault::ReadOnly);
        world.faults().percent = 100;
        world.faults().kinds = vec![Fault::RequestLost];
        world.run_for(MINUTE);
        world.set_clock_offset(-7 * HOUR);
        let before = world.time();
        world.run_for(20 * MINUTE);
        // Of each attempt: where nobody answers, metadata is looked for in the other place, too.
        let counts = |exchange: &&Exchange| exchange.sent_at >= before && exchange.endpoint != Endpoint::Unknown;
        let requests = world.exchanges().iter().filter(counts).count();
        assert!((2..=40).contains(&requests), "seed {seed}: {requests} requests in 20 minutes");
    }
}
