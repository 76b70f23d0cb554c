//! The machine sleeps for eight hours: the tabs that wake up cost the provider one request between them.

use super::stage::*;
use keyward::platform::Signal;
use keyward::platform::sim::World;

#[test]
fn e9_whoever_asks_first() {
    for seed in 0..100 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(8 * HOUR);
        let before = world.time();
        if seed % 2 == 0 {
            first.tab.signal(Signal::Awake);
            second.tab.signal(Signal::Awake);
        }
        let asked = [first.ask(), second.ask(), first.ask()];
        world.run_for(10 * SECOND);
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
        for call in asked {
            assert!(call.take().expect("every call settles").is_ok(), "seed {seed}");
        }
    }
}

#[test]
fn e9_a_frozen_tab_adopts_what_the_other_one_has() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        second.tab.freeze();
        world.run_for(HOUR);
        let known = successes(&world, 0);
        wait_until(&world, 5 * MINUTE, || successes(&world, 0) > known);
        world.run_for(SECOND);
        let before = world.time();
        second.tab.thaw();
        let asked = second.ask();
        world.run_for(SECOND);
        assert_eq!(
            asked.take().expect("every call settles").map_err(|error| error.code),
            first.token(&world),
            "seed {seed}"
        );
        assert_eq!(refreshes(&world, before).len(), 0, "seed {seed}");
    }
}
