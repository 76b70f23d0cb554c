//! A sign-in and a sign-out follow each other closely, in any two of some tabs: whatever arrives late somewhere, in the
//! end every tab shows what is stored.

use super::stage::*;
use keyward::client::{SignOutOptions, Status};
use keyward::platform::sim::World;

/// Somebody signs out while the news of the sign-in is still on its way.
#[test]
fn of_a_sign_in_that_is_over_already() {
    for seed in 0..1_500 {
        let world = World::new(seed);
        world.set_busy(20);
        let watching = load(&world, APP);
        let leaving = load(&world, APP);
        let back = go_to_provider(&world, &leaving, "alice");
        let page = begin_load(&world, &back);
        wait_until(&world, SECOND, || page.status() == Status::SignedIn);
        world.run_for((seed % 12) as i64);
        sign_out(&world, &page);
        assert_eq!(watching.status(), Status::SignedOut, "seed {seed}: {:?}", watching.events());
    }
}

/// Somebody signs in again in one tab while another one still signs out: whoever stored last is right.
#[test]
fn of_a_sign_out_that_a_sign_in_has_overtaken() {
    for seed in 0..1_500 {
        let world = World::new(seed);
        world.set_busy(20);
        let first = signed_in(&world, "alice");
        let other = load(&world, APP);
        let back = go_to_provider(&world, &other, "alice");
        let second = begin_load(&world, &back);
        wait_until(&world, SECOND, || world.exchanges().iter().filter(|it| it.delivered_tokens()).count() == 2);
        world.run_for((seed % 8) as i64);
        sign_out(&world, &first);
        let stored = world.stored().iter().any(|(key, _)| key.contains(":session:"));
        let expected = if stored { Status::SignedIn } else { Status::SignedOut };
        assert_eq!([first.status(), second.status()], [expected; 2], "seed {seed}: {:?}", first.events());
        // Its own sign-in, and the other tab's: whoever was told of that is not told again.
        let told = first.events().iter().filter(|event| event.starts_with("signedIn")).count();
        assert!(told <= 2, "seed {seed}: {:?}", first.events());
    }
}

fn sign_out(world: &World, page: &Page) {
    let client = page.client.clone();
    page.tab.call(async move { client.sign_out(SignOutOptions::default()).await });
    world.run_for(5 * SECOND);
}
