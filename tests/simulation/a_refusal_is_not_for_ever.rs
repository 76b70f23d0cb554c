//! Who is refused for minutes, and has no valid token left, is not shown as signed in; who meets a gateway is. What only
//! the user can mend ends the session at once.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::{Endpoint, Fault, Faults, World};
use keyward::protocol::error::ErrorCode;

/// From the first refusal, or from the expiry of the token if that is later: docs/what-ends-a-session.md.
const BOUND: i64 = 3 * MINUTE;

fn from_now_on(world: &World, fault: Fault) {
    *world.faults() = Faults { percent: 100, kinds: vec![fault], ..Faults::default() };
}

#[test]
fn c4_the_session_ends_in_every_tab_within_the_bound() {
    for (seed, error) in (0..20).flat_map(|seed| ["invalid_client", "invalid_request"].map(|error| (seed, error))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let expiry = first.client.state().session.as_ref().and_then(|session| session.expires_at).expect("a lifetime");
        let before = world.time();
        from_now_on(&world, Fault::Refuses(error));
        world.run_for(expiry - world.time() - SECOND);
        for page in [&first, &second] {
            assert_eq!((page.status(), page.token(&world).is_ok()), (Status::SignedIn, true), "seed {seed}, {error}");
        }
        world.run_for(BOUND + SECOND);
        assert_eq!(refreshes(&world, before).len(), 2, "seed {seed}, {error}");
        for page in [&first, &second] {
            assert_eq!(page.status(), Status::ReauthRequired, "seed {seed}, {error}");
            let state = page.client.state();
            let cause = state.session.as_ref().and_then(|session| session.error.as_ref()).expect("a cause");
            assert_eq!(cause.oauth.as_ref().map(|oauth| &*oauth.error), Some(error), "seed {seed}");
            assert_eq!(page.token(&world), Err(ErrorCode::ReauthRequired), "seed {seed}, {error}");
            let ends = page.events().iter().filter(|event| event.starts_with("reauthRequired")).count();
            assert_eq!(ends, 1, "seed {seed}, {error}: {:?}", page.events());
        }
        *world.faults() = Faults::default();
        world.run_for(HOUR);
        assert_eq!(refreshes(&world, before).len(), 2, "seed {seed}, {error}: sticky");
        let first = sign_in(&world, &first, "alice");
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}: a sign-in mends it");
    }
}

#[test]
fn c4_a_refusal_that_passes_in_time_ends_nothing() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.faults().meet_next(Endpoint::Token, Fault::Refuses("invalid_client"));
        // A failure that passes in between changes nothing.
        world.faults().meet_next(Endpoint::Token, Fault::Status(503));
        world.run_for(HOUR);
        for page in [&first, &second] {
            assert_eq!((page.status(), page.token(&world).is_ok()), (Status::SignedIn, true), "seed {seed}");
        }
    }
}

#[test]
fn c4_who_has_a_valid_token_keeps_the_session_however_long_the_provider_refuses() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let expiry = page.client.state().session.as_ref().and_then(|session| session.expires_at).expect("a lifetime");
        let before = world.time();
        from_now_on(&world, Fault::Refuses("invalid_client"));
        for wait in [151 * SECOND, 0] {
            let refused = world.finish(&page.ask_with(force()), MINUTE).expect("every call settles").unwrap_err();
            assert_eq!(refused.code, ErrorCode::TokenEndpoint, "seed {seed}");
            world.run_for(wait);
        }
        assert_eq!(refreshes(&world, before).len(), 2, "seed {seed}");
        assert!(world.time() < expiry, "seed {seed}");
        assert_eq!((page.status(), page.token(&world).is_ok()), (Status::SignedIn, true), "seed {seed}");
    }
}

#[test]
fn c4_a_first_refusal_is_remembered_over_a_reload_and_an_outage() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.sleep_machine(HOUR);
        world.faults().meet_next(Endpoint::Token, Fault::Refuses("invalid_client"));
        assert_eq!(page.token(&world), Err(ErrorCode::TokenEndpoint), "seed {seed}");
        let page = page.reload(&world);
        from_now_on(&world, Fault::Refuses("invalid_client"));
        world.faults().meet_next(Endpoint::Token, Fault::Status(503));
        world.run_for(115 * SECOND);
        assert_eq!(page.status(), Status::SignedIn, "seed {seed}");
        world.run_for(40 * SECOND);
        assert_eq!(page.status(), Status::ReauthRequired, "seed {seed}");
    }
}

#[test]
fn c4_a_gateway_that_refuses_for_hours_ends_nothing() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        from_now_on(&world, Fault::Gateway(if seed % 2 == 0 { 401 } else { 403 }));
        world.run_for(5 * HOUR);
        for page in [&first, &second] {
            assert_eq!(page.status(), Status::SignedIn, "seed {seed}");
            assert_eq!(page.token(&world), Err(ErrorCode::TemporarilyUnavailable), "seed {seed}");
        }
        *world.faults() = Faults::default();
        world.run_for(6 * MINUTE);
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}");
    }
}

#[test]
fn c4_what_only_the_user_can_mend_ends_the_session_at_once_in_every_tab() {
    let errors = ["interaction_required", "login_required", "consent_required", "account_selection_required"];
    for (seed, error) in (0..10).flat_map(|seed| errors.map(|error| (seed, error))) {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let before = world.time();
        from_now_on(&world, Fault::Refuses(error));
        let refused = world.finish(&first.ask_with(force()), MINUTE).expect("every call settles").unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReauthRequired, "seed {seed}, {error}");
        assert_eq!(refused.oauth.as_ref().map(|oauth| &*oauth.error), Some(error), "seed {seed}");
        world.run_for(HOUR);
        for page in [&first, &second] {
            assert_eq!(page.status(), Status::ReauthRequired, "seed {seed}, {error}");
        }
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}, {error}");
    }
}
