//! A tab dies in the middle of a refresh: its lock goes to the next tab, which goes on within two seconds.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::sim::World;
use keyward::protocol::error::ErrorCode;

#[test]
fn e3_e7_the_other_tab_goes_on_at_a_provider_with_a_grace_period() {
    for seed in 0..100 {
        let world = World::new(seed);
        world.provider().settings.grace = MINUTE;
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(HOUR);
        let _doomed = first.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        world.run_for((seed % 90) as i64);
        let waiting = second.ask();
        first.tab.kill();
        assert!(world.finish(&waiting, 2 * SECOND).expect("nobody blocks the second tab").is_ok(), "seed {seed}");
        world.run_for(SECOND);
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
    }
}

#[test]
fn e3_e7_a_spent_token_ends_the_session_cleanly_at_one_without() {
    let (mut ended, mut went_on) = (0, 0);
    for seed in 0..100 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.sleep_machine(HOUR);
        let _doomed = first.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        world.run_for((seed % 90) as i64);
        first.tab.kill();
        match second.token(&world) {
            Ok(_) => went_on += 1,
            Err(ErrorCode::ReauthRequired) => {
                ended += 1;
                assert_eq!(second.status(), Status::ReauthRequired, "seed {seed}");
                assert_eq!(second.token(&world), Err(ErrorCode::ReauthRequired), "seed {seed}: it stays so");
            }
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!(ended > 0 && went_on > 0, "both happen: {ended} ended, {went_on} went on");
}
