//! A client that is closed in the middle of a refresh: whoever waits is told, the lock is free, nothing more is asked.

use super::stage::*;
use keyward::client::SignInOptions;
use keyward::platform::sim::World;
use keyward::protocol::error::ErrorCode;

#[test]
fn j3_and_stops_everything() {
    for seed in 0..50 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(HOUR);
        let waiting = first.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        world.run_for((seed % 60) as i64);
        let done_before = waiting.is_settled();
        first.client.close();
        world.run_for(MINUTE);
        let outcome = waiting.take().expect("every call settles").map_err(|error| error.code);
        assert!(done_before || outcome == Err(ErrorCode::Closed), "seed {seed}: {outcome:?}");
        assert_eq!(first.token(&world), Err(ErrorCode::Closed), "seed {seed}");
        let client = first.client.clone();
        let call = first.tab.call(async move { client.sign_in(SignInOptions::default()).await });
        let refused = world.finish(&call, SECOND).expect("every call settles").expect_err("closed");
        assert_eq!(refused.code, ErrorCode::Closed, "seed {seed}");
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
        assert!(second.token(&world).is_ok(), "seed {seed}: the other tab goes on");
        let before = world.time();
        second.tab.kill();
        world.run_for(HOUR);
        assert_eq!(refreshes(&world, before).len(), 0, "seed {seed}");
    }
}
