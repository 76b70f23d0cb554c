//! A machine whose clock is wrong signs in, stays signed in, and asks no more often than any other.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::{Fault, Faults, World};

const YEAR: i64 = 365 * 24 * HOUR;

#[test]
fn however_wrong_it_is() {
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
fn a_clock_set_forward_costs_one_request() {
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
fn a_clock_set_back_beyond_the_token_costs_one_request_and_no_expired_token() {
    for (seed, jump) in (0..20).flat_map(|seed| [HOUR, 15 * HOUR, YEAR].map(|jump| (seed, -jump))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let before = world.time();
        world.set_clock_offset(jump);
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}, {jump}");
        world.run_for(SECOND);
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}, {jump}: the token's age was unknown");
        world.run_for(10 * MINUTE);
        assert!(refreshes(&world, before).len() <= 4, "seed {seed}, {jump}");
    }
}

#[test]
fn nor_is_a_back_off_waited_for_that_began_at_another_time() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, _second) = two_tabs(&world, "alice");
        world.faults().percent = 100;
        world.faults().kinds = vec![Fault::Status(503)];
        world.run_for(HOUR);
        assert!(first.token(&world).is_err(), "seed {seed}");
        *world.faults() = Faults::default();
        world.set_clock_offset(-15 * HOUR);
        assert!(first.token(&world).is_ok(), "seed {seed}");
    }
}
