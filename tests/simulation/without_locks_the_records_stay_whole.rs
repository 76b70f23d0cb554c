//! A browser without Web Locks: two tabs may both spend one refresh token. What is stored stays whole all the same, and
//! at a provider with a grace period nobody notices.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::World;

#[test]
fn a_grace_period_keeps_both_tabs_signed_in() {
    let mut both_asked = 0;
    for seed in 0..200 {
        let world = World::new(seed);
        world.take_locks_away();
        world.provider().settings.grace = MINUTE;
        let (first, second) = two_tabs(&world, "alice");
        for _ in 0..3 {
            world.sleep_machine(HOUR);
            let before = world.time();
            let asked = [first.ask(), second.ask()];
            world.run_for(20 * SECOND);
            for call in asked {
                let token = call.take().expect("every call settles");
                assert!(token.is_ok(), "seed {seed}: {token:?}, {:#?}", refreshes(&world, before));
            }
            both_asked += refreshes(&world, before).len() / 2;
        }
        assert_eq!((first.status(), second.status()), (Status::SignedIn, Status::SignedIn), "seed {seed}");
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}: one of the two answers won");
        assert!(world.provider().is_alive(0), "seed {seed}: nobody revoked the session of the others");
    }
    assert!(both_asked > 50, "{both_asked} times both tabs asked");
}
