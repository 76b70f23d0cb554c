//! Whatever `expires_in` says: no loop of requests in the background, and no token that has expired.

use super::stage::*;
use keyward::platform::sim::World;
use keyward::protocol::error::ErrorCode;
use keyward::protocol::json::Json;

#[test]
fn c2_in_the_background_thirty_seconds_lie_between_two_requests() {
    let odd = [
        Json::from(0),
        Json::from(-5),
        Json::from(1),
        Json::from(20),
        Json::from("3"),
        Json::Number(0.5),
        Json::Number(1e300),
        Json::Number(-1e308),
        Json::Array(vec![Json::from(300)]),
        Json::from("soon"),
        Json::Null,
        Json::from(true),
    ];
    for (seed, expires_in) in (0..10).flat_map(|seed| odd.clone().map(|value| (seed, value))) {
        let world = World::new(seed);
        world.provider().settings.expires_in = Some(expires_in.clone());
        let _tabs = two_tabs(&world, "alice");
        let before = world.time();
        world.run_for(10 * MINUTE);
        let requests = refreshes(&world, before);
        assert!(requests.len() <= 20, "seed {seed}, {expires_in:?}: {} requests", requests.len());
        let close = requests.windows(2).filter(|pair| pair[1].sent_at - pair[0].sent_at < 29 * SECOND).count();
        assert_eq!(close, 0, "seed {seed}, {expires_in:?}");
    }
}

#[test]
fn c2_callers_of_a_token_that_expires_on_arrival_learn_it_and_do_not_become_a_loop() {
    let world = World::new(1);
    world.provider().settings.expires_in = Some(Json::from(-1));
    let (first, second) = two_tabs(&world, "alice");
    let before = world.time();
    for _ in 0..100 {
        assert_eq!(first.token(&world), Err(ErrorCode::InvalidResponse));
        assert_eq!(second.token(&world), Err(ErrorCode::InvalidResponse));
        world.run_for(100);
    }
    assert!(refreshes(&world, before).len() <= 1, "{} requests in ten seconds", refreshes(&world, before).len());
}

#[test]
fn c2_without_a_lifetime_the_token_is_used_until_somebody_asks_for_another() {
    for unknown in [Json::Null, Json::from(0), Json::from("0"), Json::from("soon")] {
        let world = World::new(1);
        world.provider().settings.expires_in = Some(unknown.clone());
        let page = signed_in(&world, "alice");
        let before = world.time();
        let first = page.token(&world).expect("a token");
        world.run_for(24 * HOUR);
        assert_eq!(page.token(&world).as_deref(), Ok(&*first), "{unknown:?}");
        assert_eq!(refreshes(&world, before).len(), 0, "{unknown:?}");
        let second = world.finish(&page.ask_with(force()), MINUTE).expect("every call settles").expect("a token");
        assert_ne!(first, second, "{unknown:?}");
        assert_eq!((page.token(&world), refreshes(&world, before).len()), (Ok(second), 1), "{unknown:?}");
    }
}
