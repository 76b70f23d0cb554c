//! A provider that is down, overloaded or out of reach ends no session: what failed is tried again, later and later, and
//! whoever has a valid token keeps it.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::{Endpoint, Exchange, Fault, Faults, World};
use keyward::protocol::Millis;
use keyward::protocol::error::ErrorCode;

fn only(kind: Fault) -> Faults {
    Faults { percent: 100, kinds: vec![kind], ..Faults::default() }
}

fn pauses(requests: &[Exchange]) -> Vec<Millis> {
    requests.windows(2).map(|pair| pair[1].sent_at - pair[0].sent_at).collect()
}

#[test]
fn e6_whatever_fails_for_an_hour_is_mended_within_the_longest_pause() {
    let kinds = [
        Fault::RequestLost,
        Fault::RequestSwallowed,
        Fault::Status(500),
        Fault::Status(503),
        Fault::TooManyRequests(1),
        Fault::Html(502),
        // A captive portal, a proxy that wants a sign-in of its own.
        Fault::Html(200),
        Fault::Html(403),
    ];
    for (seed, kind) in (0..4).flat_map(|seed| kinds.map(|kind| (seed, kind))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        *world.faults() = only(kind);
        let before = world.time();
        world.run_for(4 * MINUTE + 40 * SECOND);
        assert!(!refreshes(&world, before).is_empty(), "seed {seed}, {kind:?}");
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}, {kind:?}: valid still");
        world.run_for(HOUR);
        assert!(refreshes(&world, before).len() < 60, "seed {seed}, {kind:?}: {}", refreshes(&world, before).len());
        assert_eq!(first.status(), Status::SignedIn, "seed {seed}, {kind:?}");
        let error = first.token(&world).expect_err("expired by now");
        assert!(
            matches!(error, ErrorCode::Network | ErrorCode::Timeout | ErrorCode::TemporarilyUnavailable),
            "{error:?}"
        );
        *world.faults() = Faults::default();
        world.run_for(5 * MINUTE + 15 * SECOND);
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}, {kind:?}");
        assert!(first.token(&world).is_ok(), "seed {seed}, {kind:?}: without the user");
    }
}

#[test]
fn e6_the_pauses_grow_and_both_tabs_share_them() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        *world.faults() = only(Fault::Status(503));
        world.sleep_machine(HOUR);
        let before = world.time();
        while world.time() < before + HOUR {
            let asked = [first.ask(), second.ask()];
            world.run_for(20 * SECOND);
            assert!(asked.iter().all(|call| call.is_settled()), "seed {seed}");
        }
        let requests = refreshes(&world, before);
        assert!((10..60).contains(&requests.len()), "seed {seed}: {} requests", requests.len());
        let pauses = pauses(&requests);
        assert!(pauses.iter().all(|pause| *pause >= SECOND), "seed {seed}: {pauses:?}");
        assert!(pauses.iter().any(|pause| *pause > MINUTE), "seed {seed}: {pauses:?}");
    }
}

#[test]
fn e6_retry_after_is_honoured_by_every_tab() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(HOUR);
        world.faults().meet_next(Endpoint::Token, Fault::TooManyRequests(5));
        let before = world.time();
        assert_eq!(first.token(&world), Err(ErrorCode::TemporarilyUnavailable), "seed {seed}");
        assert_eq!(second.token(&world), Err(ErrorCode::TemporarilyUnavailable), "seed {seed}");
        // What the provider asked for does not end because a cable was plugged in.
        world.set_online(false);
        world.set_online(true);
        world.run_for(10 * SECOND);
        let requests = refreshes(&world, before);
        assert_eq!(requests.len(), 2, "seed {seed}");
        assert!(pauses(&requests)[0] >= 5 * SECOND, "seed {seed}: {:?}", pauses(&requests));
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}");
    }
}

#[test]
fn e6_offline_nothing_is_sent_and_back_online_one_request_mends_it() {
    for seed in 0..30 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.set_online(false);
        let offline_since = world.time();
        world.run_for(HOUR);
        assert_eq!(first.token(&world), Err(ErrorCode::Network), "seed {seed}");
        // The cached metadata is too old by now: it is not asked for either.
        world.run_for(30 * HOUR);
        assert!(world.exchanges().iter().all(|exchange| exchange.sent_at < offline_since), "seed {seed}");
        let before = world.time();
        assert_eq!(refreshes(&world, 0).len(), 0, "seed {seed}");
        world.set_online(true);
        world.run_for(3 * SECOND);
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}");
    }
}

#[test]
fn e6_offline_nobody_wakes_up_for_nothing() {
    for seed in 0..10 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        second.tab.set_visible(false);
        world.run_for(SECOND);
        world.set_online(false);
        let (steps, commits) = (world.steps(), world.commits().len());
        world.run_for(10 * HOUR);
        assert!(world.steps() - steps < 100, "seed {seed}: {} steps", world.steps() - steps);
        assert_eq!(world.commits().len(), commits, "seed {seed}: no failure is counted that nobody had");
        assert_eq!(first.status(), Status::SignedIn, "seed {seed}");
        let before = world.time();
        world.set_online(true);
        world.run_for(3 * SECOND);
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}: what was due meanwhile");
    }
}

#[test]
fn e6_a_network_that_comes_back_only_in_name_is_not_asked_by_every_tab() {
    for seed in 0..30 {
        let world = World::new(seed);
        let (_first, _second) = two_tabs(&world, "alice");
        *world.faults() = only(Fault::RequestLost);
        world.run_for(HOUR);
        world.set_online(false);
        world.run_for(SECOND);
        let before = world.time();
        world.set_online(true);
        world.run_for(2 * SECOND);
        assert!(refreshes(&world, before).len() <= 2, "seed {seed}: {} requests", refreshes(&world, before).len());
    }
}
