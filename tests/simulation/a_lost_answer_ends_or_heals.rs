//! The provider rotated, and the client heard nothing: the same refresh token is presented again. A grace period heals
//! it; without one the session ends, once, in every tab, and stays so until the next sign-in.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::{Endpoint, Fault, World};
use keyward::protocol::error::ErrorCode;

const LOSSES: [Fault; 3] = [Fault::AnswerLost, Fault::AnswerSlow(60 * SECOND), Fault::BreaksAfterwards];

#[test]
fn e7_a_grace_period_heals_it_without_anybody_noticing() {
    for (seed, fault) in (0..60).flat_map(|seed| LOSSES.map(|fault| (seed, fault))) {
        let world = World::new(seed);
        world.provider().settings.grace = MINUTE;
        let (first, second) = two_tabs(&world, "alice");
        world.faults().meet_next(Endpoint::Token, fault);
        let before = world.time();
        world.run_for(6 * MINUTE);
        assert_eq!(successes(&world, before), 1, "seed {seed}, {fault:?}");
        assert_eq!(refreshes(&world, before).len(), 2, "seed {seed}, {fault:?}");
        for page in [&first, &second] {
            assert!(page.token(&world).is_ok(), "seed {seed}, {fault:?}");
            let failures = page.events().iter().filter(|event| event.starts_with("refreshFailed")).count();
            assert_eq!(failures, 1, "seed {seed}, {fault:?}: {:?}", page.events());
        }
    }
}

#[test]
fn e5_e7_without_one_the_session_ends_once_in_every_tab() {
    for (seed, fault) in (0..60).flat_map(|seed| LOSSES.map(|fault| (seed, fault))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.faults().meet_next(Endpoint::Token, fault);
        world.run_for(6 * MINUTE);
        let before = world.time();
        for page in [&first, &second] {
            assert_eq!(page.status(), Status::ReauthRequired, "seed {seed}, {fault:?}");
            assert_eq!(page.token(&world), Err(ErrorCode::ReauthRequired), "seed {seed}, {fault:?}");
            let ends = page.events().iter().filter(|event| event.starts_with("reauthRequired")).count();
            assert_eq!(ends, 1, "seed {seed}, {fault:?}: {:?}", page.events());
        }
        world.run_for(HOUR);
        assert_eq!(refreshes(&world, before).len(), 0, "seed {seed}: nothing is asked of a session that has ended");
        let first = sign_in(&world, &first, "alice");
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}: a sign-in mends it");
    }
}

#[test]
fn e1_k3_a_token_that_is_valid_still_is_used_to_its_end() {
    let world = World::new(3);
    let (first, second) = two_tabs(&world, "alice");
    world.provider().revoke_user("alice");
    world.run_for(5 * MINUTE - 15 * SECOND);
    assert_eq!(second.status(), Status::ReauthRequired);
    assert!(first.token(&world).is_ok() && second.token(&world).is_ok());
    world.run_for(15 * SECOND);
    assert_eq!(first.token(&world), Err(ErrorCode::ReauthRequired));
}
