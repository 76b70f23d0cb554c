//! A tab is frozen while it refreshes, or while it waits for its turn: the others go on at once, and what it does when it
//! thaws harms nobody. If nobody told it that it would stand still, they go on after a minute.

use super::stage::*;
use keyward::client::{Status, TokenOptions};
use keyward::platform::sim::World;

/// Two tabs with an expired token; the first is so many milliseconds into its refresh.
fn in_the_middle(seed: u64, into: i64) -> (World, Page, Page) {
    let world = World::new(seed);
    world.provider().settings.grace = HOUR;
    let (first, second) = two_tabs(&world, "alice");
    world.sleep_machine(HOUR);
    let _doomed = first.ask();
    world.run_for(into);
    (world, first, second)
}

#[test]
fn e3_the_others_go_on_within_two_seconds() {
    for seed in 0..200 {
        let (world, first, second) = in_the_middle(seed, (seed % 100) as i64);
        first.tab.freeze();
        let waiting = second.ask();
        assert!(world.finish(&waiting, 2 * SECOND).expect("nobody blocks the second tab").is_ok(), "seed {seed}");
        world.run_for(SECOND);
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
    }
}

#[test]
fn e3_nor_does_one_that_waits_for_its_turn() {
    for seed in 0..200 {
        let (world, first, second) = in_the_middle(seed, (seed % 100) as i64);
        let third = load(&world, APP);
        let _frozen = second.ask();
        world.run_for((seed % 7) as i64);
        second.tab.freeze();
        let waiting = third.ask_with(TokenOptions { force_refresh: true, ..TokenOptions::default() });
        assert!(world.finish(&waiting, 2 * SECOND).expect("a frozen waiter holds nothing").is_ok(), "seed {seed}");
        assert!(first.token(&world).is_ok(), "seed {seed}");
        second.tab.thaw();
        assert_eq!(second.token(&world), third.token(&world), "seed {seed}: it comes back and adopts");
        world.run_for(SECOND);
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
    }
}

#[test]
fn e4_a_thawed_tab_does_no_harm() {
    for seed in 0..200 {
        let (world, first, second) = in_the_middle(seed, (seed % 100) as i64);
        first.tab.freeze();
        assert!(second.token(&world).is_ok(), "seed {seed}");
        world.run_for(if seed % 2 == 0 { 2 * SECOND } else { 3 * MINUTE });
        first.tab.thaw();
        world.run_for(20 * SECOND);
        assert_eq!((first.status(), second.status()), (Status::SignedIn, Status::SignedIn), "seed {seed}");
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
        world.run_for(20 * MINUTE);
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}");
    }
}

#[test]
fn e4_alone_it_takes_the_answer_that_waited_for_it() {
    let mut saved = 0;
    for seed in 0..100 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.sleep_machine(HOUR);
        let asked = page.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        page.tab.freeze();
        world.run_for(MINUTE);
        let before = world.time();
        page.tab.thaw();
        assert!(world.finish(&asked, 15 * SECOND).expect("every call settles").is_ok(), "seed {seed}");
        saved += usize::from(refreshes(&world, before).is_empty());
    }
    assert_eq!(saved, 100, "at a provider without a grace period a second request would have ended the session");
}

#[test]
fn e3_one_that_stands_still_without_notice_is_waited_for_for_a_minute() {
    for seed in 0..100 {
        let (world, first, second) = in_the_middle(seed, (seed % 100) as i64);
        first.tab.suspend();
        let waiting = second.ask();
        assert!(world.finish(&waiting, 61 * SECOND).expect("the wait is bounded").is_ok(), "seed {seed}");
        first.tab.thaw();
        world.run_for(20 * SECOND);
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
        assert_eq!(first.status(), Status::SignedIn, "seed {seed}");
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
    }
}

#[test]
fn e2_when_it_goes_on_it_waits_for_who_has_gone_on_without_it() {
    let mut stories = 0;
    for seed in 0..300 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(HOUR);
        let before = world.time();
        let _suspended = first.ask();
        world.run_for((seed % 30) as i64);
        first.tab.suspend();
        let waiting = second.ask();
        world.run_for(30 * SECOND);
        if !refreshes(&world, before).is_empty() {
            // Its request was sent already, or it held nothing.
            continue;
        }
        // The provider has no grace period: a second request with the same refresh token would end the session.
        wait_until(&world, MINUTE, || under_way(&world) == 1);
        first.tab.thaw();
        assert!(world.finish(&waiting, 20 * SECOND).expect("every call settles").is_ok(), "seed {seed}");
        world.run_for(20 * SECOND);
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
        assert_eq!((first.status(), second.status()), (Status::SignedIn, Status::SignedIn), "seed {seed}");
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
        stories += 1;
    }
    assert!(stories >= 30, "{stories}");
}
