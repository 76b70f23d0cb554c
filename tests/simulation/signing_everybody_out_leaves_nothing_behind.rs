//! After everybody was signed out, the storage is as it was before the first use, in whatever tab that happened.

use super::stage::*;
use keyward::client::{SignOutOptions, Status};
use keyward::platform::sim::World;

#[test]
fn f7_of_sessions_caches_and_pending_sign_ins() {
    for seed in 0..50 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let page = sign_in(&world, &page, "bob");
        let other = load(&world, APP);
        // A sign-in that nobody finishes.
        let _back = go_to_provider(&world, &load(&world, APP), "carol");
        let client = other.client.clone();
        let options = SignOutOptions { all: true, ..SignOutOptions::default() };
        let call = other.tab.call(async move { client.sign_out(options).await });
        world.finish(&call, MINUTE).expect("every call settles").unwrap();
        world.run_for(MINUTE);
        assert_eq!(world.stored(), [], "seed {seed}");
        assert_eq!((page.status(), other.status()), (Status::SignedOut, Status::SignedOut), "seed {seed}");
        for grant in [0, 1] {
            assert!(!world.provider().is_alive(grant), "seed {seed}: revoked");
        }
        let page = sign_in(&world, &page, "alice");
        assert!(page.token(&world).is_ok(), "seed {seed}: and it begins anew");
    }
}
