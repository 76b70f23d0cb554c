//! One of many tabs refreshes. The others hear of it, each of them reads the store once or twice, nobody polls; and they
//! hear of it too when that tab is gone before it could say a word.

use super::stage::*;
use keyward::platform::sim::World;
use keyward::platform::{Platform as _, Signal};

fn eight_tabs(world: &World) -> Vec<Page> {
    let first = signed_in(world, "alice");
    std::iter::once(first).chain((1..8).map(|_| load(world, APP))).collect()
}

/// The stored session: its key and its text.
fn stored(world: &World) -> (String, String) {
    world.stored().into_iter().find(|(key, _)| key.starts_with("keyward:session:")).expect("somebody is signed in")
}

/// The view that was left last.
fn viewed(page: &Page) -> String {
    page.tab.view(&view_key()).expect("somebody is signed in")
}

/// What that session would be after a refresh.
fn refreshed(text: &str) -> String {
    let newer = text.replacen("\"generation\":1", "\"generation\":2", 1);
    assert_ne!(newer, text);
    newer
}

#[test]
fn e12_eight_tabs_cost_one_request_and_a_few_readings() {
    for seed in 0..50 {
        let world = World::new(seed);
        let tabs = eight_tabs(&world);
        let (before, readings) = (world.time(), world.readings());
        wait_until(&world, 5 * MINUTE, || successes(&world, before) == 1);
        world.run_for(5 * SECOND);
        assert_eq!(refreshes(&world, before).len(), 1, "seed {seed}");
        // The holder of the lock reads the session, the metadata and the keys; each of the others the session, when it
        // hears of the view and when it hears of the announcement; one that is given the lock before that reads, too.
        let readings = world.readings() - readings;
        assert!(readings <= 3 + 7 * 2 + 2, "seed {seed}: {readings} readings");
        for tab in &tabs {
            assert_eq!(
                tab.events().iter().filter(|event| event.starts_with("tokenRefreshed")).count(),
                1,
                "seed {seed}"
            );
        }
        let (idle_since, readings) = (world.time(), world.readings());
        world.run_for(3 * MINUTE);
        assert_eq!((refreshes(&world, idle_since).len(), world.readings()), (0, readings), "seed {seed}: nobody polls");
    }
}

#[test]
fn e3_a_view_that_changed_is_news_without_an_announcement() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    let (key, text) = stored(&world);
    world.store(&key, Some(&refreshed(&text)));
    page.tab.signal(Signal::Viewed(view_key(), Some(refreshed(&viewed(&page)))));
    world.run_for(SECOND);
    assert_eq!(page.events().last().map(String::as_str), Some("tokenRefreshed other_context"));
}

#[test]
fn e3_a_hint_is_not_the_truth() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    let events = page.events();
    page.tab.signal(Signal::Viewed(view_key(), Some(refreshed(&viewed(&page)))));
    page.tab.signal(Signal::Viewed(view_key(), Some("nonsense".to_owned())));
    page.tab.signal(Signal::Viewed(view_key(), None));
    world.run_for(SECOND);
    assert_eq!(page.events(), events, "the store says something else");
    assert!(page.token(&world).is_ok());
}

#[test]
fn e12_a_view_that_says_what_is_known_costs_nobody_a_reading() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    let readings = world.readings();
    page.tab.signal(Signal::Viewed(view_key(), Some(viewed(&page))));
    world.run_for(SECOND);
    assert_eq!(world.readings(), readings);
}
