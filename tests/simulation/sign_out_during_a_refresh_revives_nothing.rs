//! Somebody signs out while a refresh is under way, in the same tab or in another: the late answer changes nothing, and
//! the refresh token that it brings is revoked.

use super::stage::*;
use keyward::client::{SignOutOptions, Status};
use keyward::platform::sim::{StorageFault, World};
use keyward::protocol::error::ErrorCode;

fn sign_out_during_a_refresh(seed: u64, in_the_same_tab: bool) {
    let world = World::new(seed);
    let (first, second) = two_tabs(&world, "alice");
    world.sleep_machine(HOUR);
    let waiting = first.ask();
    wait_until(&world, SECOND, || under_way(&world) == 1);
    world.run_for((seed % 80) as i64);
    let leaving = if in_the_same_tab { &first } else { &second };
    leaving.sign_out(&world);
    world.run_for(MINUTE);
    assert!(waiting.is_settled(), "seed {seed}: every call settles");
    for page in [&first, &second] {
        assert_eq!(page.status(), Status::SignedOut, "seed {seed}");
        assert_eq!(page.token(&world), Err(ErrorCode::LoginRequired), "seed {seed}");
        let goodbyes = page.events().iter().filter(|event| event.starts_with("signedOut")).count();
        assert_eq!(goodbyes, 1, "seed {seed}: {:?}", page.events());
    }
    let sessions = world.stored().into_iter().filter(|(key, _)| key.contains(":session:")).count();
    assert_eq!(sessions, 0, "seed {seed}");
    assert!(!world.provider().is_alive(0), "seed {seed}: whatever the provider gave is revoked");
}

/// Neither does an answer that cannot be stored any more.
#[test]
fn while_the_storage_breaks() {
    for seed in 0..60 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.sleep_machine(HOUR);
        let _waiting = page.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        let client = page.client.clone();
        page.tab.call(async move { client.sign_out(SignOutOptions::default()).await });
        wait_until(&world, SECOND, || page.status() == Status::SignedOut);
        world.set_storage_fault(StorageFault::Broken);
        world.run_for(MINUTE);
        page.tab.set_visible(false);
        page.tab.set_visible(true);
        world.run_for(MINUTE);
        assert_eq!(page.status(), Status::SignedOut, "seed {seed}: {:?}", page.events());
        assert_eq!(page.token(&world), Err(ErrorCode::LoginRequired), "seed {seed}");
    }
}

#[test]
fn e4_in_the_same_tab() {
    (0..150).for_each(|seed| sign_out_during_a_refresh(seed, true));
}

#[test]
fn e4_in_another_tab() {
    (0..150).for_each(|seed| sign_out_during_a_refresh(seed, false));
}
