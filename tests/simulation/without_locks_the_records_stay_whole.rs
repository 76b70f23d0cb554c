//! A browser without Web Locks: the marker that an attempt writes by compare-and-set keeps the others waiting, so one
//! refresh token is spent once all the same. Who dies or is frozen meanwhile keeps them for half a minute.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::{Exchange, World};

fn tabs_without_locks(seed: u64, count: usize) -> (World, Vec<Page>) {
    let world = World::new(seed);
    world.take_locks_away();
    let first = signed_in(&world, "alice");
    let tabs = std::iter::once(first).chain((1..count).map(|_| load(&world, APP))).collect();
    (world, tabs)
}

#[test]
fn e2_four_tabs_at_expiry_cost_one_request() {
    for seed in 0..100 {
        let (world, tabs) = tabs_without_locks(seed, 4);
        for _ in 0..3 {
            world.sleep_machine(HOUR);
            let before = world.time();
            let asked: Vec<_> = tabs.iter().map(Page::ask).collect();
            world.run_for(10 * SECOND);
            let tokens: Vec<_> = asked.iter().map(|call| call.take().expect("every call settles").ok()).collect();
            assert!(tokens.iter().all(|token| token.is_some() && *token == tokens[0]), "seed {seed}: {tokens:?}");
            assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
        }
        assert!(world.provider().is_alive(0), "seed {seed}: without a grace period, too");
    }
}

#[test]
fn e3_a_tab_that_dies_or_is_frozen_keeps_the_others_waiting_for_half_a_minute() {
    for seed in 0..100 {
        let (world, tabs) = tabs_without_locks(seed, 2);
        world.provider().settings.grace = MINUTE;
        world.sleep_machine(HOUR);
        let _doomed = tabs[0].ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        world.run_for((seed % 90) as i64);
        let before = world.time();
        match seed % 3 {
            0 => tabs[0].tab.kill(),
            1 => tabs[0].tab.freeze(),
            _ => tabs[0].tab.suspend(),
        }
        let waiting = tabs[1].ask();
        assert!(world.finish(&waiting, 31 * SECOND).expect("the wait is bounded").is_ok(), "seed {seed}");
        let by_second = |exchange: &&Exchange| exchange.tab == tabs[1].tab.id();
        assert!(refreshes(&world, before).iter().filter(by_second).count() <= 1, "seed {seed}");
        tabs[0].tab.thaw();
        world.run_for(MINUTE);
        assert_eq!(tabs[1].status(), Status::SignedIn, "seed {seed}");
        assert!(tabs[1].token(&world).is_ok(), "seed {seed}");
        if !tabs[0].tab.is_gone() {
            assert_eq!(tabs[0].token(&world), tabs[1].token(&world), "seed {seed}: the late answer does no harm");
        }
    }
}

#[test]
fn e6_a_failure_is_not_waited_for_twice() {
    for seed in 0..50 {
        let (world, tabs) = tabs_without_locks(seed, 3);
        world.faults().percent = 100;
        world.faults().kinds = vec![keyward::platform::sim::Fault::Status(503)];
        world.sleep_machine(HOUR);
        let before = world.time();
        let asked: Vec<_> = tabs.iter().map(Page::ask).collect();
        world.run_for(900);
        assert!(asked.iter().all(|call| matches!(call.take(), Some(Err(_)))), "seed {seed}");
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
    }
}
