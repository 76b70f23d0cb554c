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

/// Another app on the same origin, in the same namespace, whose tokens are bound to keys like those of the first.
#[test]
fn f7_another_client_keeps_its_sessions_pending_sign_ins_and_keys() {
    const HALF_A_YEAR: i64 = 181 * 24 * HOUR;
    let of_other = || {
        let mut config = config();
        config.providers[0].client_id = "spa2".to_owned();
        config
    };
    for seed in 0..3 {
        let world = World::new(seed);
        world.provider().settings.dpop = true;
        world.provider().settings.access_lifetime = 10 * 24 * HOUR;
        let page = signed_in(&world, "alice");
        // Nobody comes back from this one.
        let _back = go_to_provider(&world, &load(&world, APP), "alice");
        let (stored, keys) = (world.stored(), world.keys());
        assert_eq!(keys.len(), 2, "seed {seed}: {keys:?}");

        let other = |url: &str| {
            let page = begin_with(world.open(url), of_other());
            world.run_for(SECOND);
            page
        };
        let back = go_to_provider(&world, &other(APP), "bob");
        let others = [other(&back), other(APP)];
        assert!(others[0].client.redirect_result().is_some_and(|result| result.outcome.is_ok()), "seed {seed}");
        go_to_provider(&world, &other(APP), "bob");
        assert_eq!(world.keys().len(), 4, "seed {seed}");
        assert_eq!(page.client.state().sessions.len(), 1, "seed {seed}: nobody sees the other's");
        let everybody = || SignOutOptions { all: true, local: true, ..SignOutOptions::default() };
        sign_out_of(&world, &others[1], everybody());
        world.run_for(MINUTE);
        assert_eq!((world.stored(), world.keys()), (stored, keys), "seed {seed}: as before the other's first use");
        assert_eq!((page.status(), others[0].status()), (Status::SignedIn, Status::SignedOut), "seed {seed}");
        assert!(page.token(&world).is_ok(), "seed {seed}");
        assert!(world.provider().is_alive(0), "seed {seed}: not revoked");

        // The other one sweeps, long after, and finds nothing of its own.
        world.run_for(HALF_A_YEAR);
        let bound = world.keys();
        other(APP);
        assert_eq!(world.keys(), bound, "seed {seed}");
        sign_out_of(&world, &page, everybody());
        world.run_for(MINUTE);
        assert_eq!((world.stored(), world.keys()), (vec![], vec![]), "seed {seed}: the last one leaves nothing");
    }
}
