//! At the expiry of one access token, two tabs cost the provider one request, whichever of them comes first.

use super::stage::*;
use keyward::platform::sim::World;

#[test]
fn e2_in_the_background() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        for expiry in 1..=3 {
            let before = world.time();
            world.run_for(5 * MINUTE);
            assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}, expiry {expiry}");
            assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
        }
        assert_eq!(refreshes(&world, 0).len(), 3, "seed {seed}: nothing is asked for that is there already");
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
        let told =
            first.events().iter().chain(&second.events()).filter(|event| event.starts_with("tokenRefreshed")).count();
        assert_eq!(told, 6, "seed {seed}: each tab hears of each refresh once");
    }
}

#[test]
fn e2_when_many_callers_of_both_find_it_expired() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        first.tab.set_visible(false);
        world.sleep_machine(HOUR);
        let before = world.time();
        let calls: Vec<_> = (0..50).flat_map(|_| [first.ask(), second.ask()]).collect();
        world.run_for(MINUTE);
        let mut tokens: Vec<_> = calls.iter().map(|call| call.take().expect("settled").expect("a token")).collect();
        tokens.dedup();
        assert_eq!(tokens.len(), 1, "seed {seed}: everybody gets the same token");
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
    }
}
