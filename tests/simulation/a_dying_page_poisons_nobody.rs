//! A page that is unloaded sees its requests fail. It must not tell anybody of that: no back-off, no error.

use super::stage::*;
use keyward::platform::sim::World;

#[test]
fn e8a_its_aborted_request_leaves_no_failure_behind() {
    for seed in 0..100 {
        let world = World::new(seed);
        world.provider().settings.grace = MINUTE;
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(HOUR);
        let _doomed = first.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        world.run_for((seed % 60) as i64);
        let before = world.commits().len();
        first.tab.unload();
        world.run_for(SECOND);
        let written = world.commits().get(before..).expect("commits only grow").to_vec();
        let failures =
            written.iter().filter(|commit| commit.value.as_deref().is_some_and(|text| text.contains("\"retry\"")));
        assert_eq!(failures.count(), 0, "seed {seed}");
        assert!(second.token(&world).is_ok(), "seed {seed}");
        assert!(!second.events().iter().any(|event| event.starts_with("refreshFailed")), "seed {seed}");
    }
}

#[test]
fn e8a_and_it_does_not_try_over_and_over_while_it_dies() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    page.tab.signal(keyward::platform::Signal::Leaving);
    world.set_online(false);
    let before = (world.time(), world.steps());
    world.run_for(10 * MINUTE);
    assert_eq!(refreshes(&world, before.0).len(), 0);
    assert!(world.steps() - before.1 < 100, "{} steps", world.steps() - before.1);
    world.set_online(true);
    page.tab.signal(keyward::platform::Signal::Awake);
    world.run_for(5 * SECOND);
    assert_eq!(successes(&world, before.0), 1, "restored from the back/forward cache, it goes on");
}
