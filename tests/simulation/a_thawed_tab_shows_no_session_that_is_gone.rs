//! While a tab is frozen, or kept for the back button, somebody signs out in another one: when it comes back it hands out
//! nothing of that session, not even for a moment.

use super::stage::*;
use keyward::client::{Status, TokenOptions};
use keyward::platform::sim::World;
use keyward::protocol::error::ErrorCode;

#[test]
fn g3_not_even_at_once() {
    for seed in 0..100 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        second.tab.freeze();
        first.sign_out(&world);
        world.run_for(MINUTE);
        second.tab.thaw();
        assert_eq!(second.client.cached_token(&TokenOptions::default()), None, "seed {seed}");
        assert_eq!(second.token(&world), Err(ErrorCode::LoginRequired), "seed {seed}");
        assert_eq!(second.status(), Status::SignedOut, "seed {seed}");
    }
}

#[test]
fn g3_and_one_that_is_there_still_goes_on() {
    let world = World::new(1);
    let (_first, second) = two_tabs(&world, "alice");
    second.tab.freeze();
    world.run_for(MINUTE);
    second.tab.thaw();
    assert!(second.token(&world).is_ok());
    assert!(second.client.cached_token(&TokenOptions::default()).is_some());
}
