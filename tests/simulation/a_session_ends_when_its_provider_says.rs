//! The claim `session_expiry`: at that instant the session is `reauth_required` in every tab, and nothing is sent or handed
//! out after it.

use super::stage::*;
use keyward::client::Status;
use keyward::platform::Signal;
use keyward::platform::sim::World;
use keyward::protocol::Millis;
use keyward::protocol::error::ErrorCode;

const BOUND: Millis = 22 * MINUTE;

/// Two tabs of a session with that bound, and when it ends.
fn bounded(seed: u64, bound: Millis) -> (World, [Page; 2], Millis) {
    let world = World::new(seed);
    world.provider().settings.session_lifetime = Some(bound);
    let (first, second) = two_tabs(&world, "alice");
    let end = world.provider().session_expiry(0).expect("a bound");
    (world, [first, second], end)
}

fn is_over(world: &World, pages: &[Page; 2], end: Millis, what: &str) {
    for page in pages {
        assert_eq!(page.status(), Status::ReauthRequired, "{what}");
        let state = page.client.state();
        let cause = state.session.as_ref().and_then(|session| session.error.as_ref()).expect("a cause");
        assert_eq!(cause.code, ErrorCode::ReauthRequired, "{what}");
        assert!(cause.message.contains("session_expiry"), "{what}: {cause}");
        assert_eq!(page.token(world), Err(ErrorCode::ReauthRequired), "{what}");
        let ends = page.events().iter().filter(|event| event.starts_with("reauthRequired")).count();
        assert_eq!(ends, 1, "{what}: {:?}", page.events());
    }
    world.run_for(HOUR);
    assert_eq!(refreshes(world, end).len(), 0, "{what}: the provider is asked for nothing after it");
}

#[test]
fn e1_it_ends_at_that_instant_and_not_before() {
    for seed in 0..50 {
        let (world, pages, end) = bounded(seed, BOUND);
        if seed % 3 == 0 {
            pages[1].tab.set_visible(false);
        }
        world.run_for(end - world.time() - SECOND);
        for page in &pages {
            assert_eq!((page.status(), page.token(&world).is_ok()), (Status::SignedIn, true), "seed {seed}");
        }
        world.run_for(end - world.time() + SECOND);
        is_over(&world, &pages, end, &format!("seed {seed}"));
        let [first, second] = pages;
        let first = sign_in(&world, &first, "alice");
        assert!(first.token(&world).is_ok() && second.token(&world).is_ok(), "seed {seed}: a sign-in mends it");
    }
}

#[test]
fn e9_a_machine_that_slept_over_it_asks_for_nothing() {
    for seed in 0..50 {
        let (world, pages, end) = bounded(seed, BOUND);
        world.sleep_machine(8 * HOUR);
        let before = world.time();
        if seed % 2 == 0 {
            pages.iter().for_each(|page| page.tab.signal(Signal::Awake));
        }
        let asked = [pages[0].ask(), pages[1].ask(), pages[0].ask_with(force())];
        world.run_for(SECOND);
        for call in asked {
            let told = call.take().expect("every call settles").map_err(|error| error.code);
            assert_eq!(told, Err(ErrorCode::ReauthRequired), "seed {seed}");
        }
        is_over(&world, &pages, end, &format!("seed {seed}"));
        assert_eq!(refreshes(&world, before).len(), 0, "seed {seed}");
    }
}

#[test]
fn e1_offline_and_after_a_reload_it_ends_all_the_same() {
    for seed in 0..20 {
        let (world, [first, second], end) = bounded(seed, BOUND);
        world.set_online(false);
        world.run_for(end - world.time() + SECOND);
        let first = first.reload(&world);
        assert_eq!(first.status(), Status::ReauthRequired, "seed {seed}: sticky");
        world.set_online(true);
        world.run_for(MINUTE);
        assert_eq!((second.status(), second.token(&world)), (Status::ReauthRequired, Err(ErrorCode::ReauthRequired)));
        assert_eq!(refreshes(&world, end).len(), 0, "seed {seed}");
    }
}

#[test]
fn e1_a_page_that_is_loaded_after_it_begins_with_its_end() {
    let (world, [first, second], end) = bounded(1, BOUND);
    first.tab.unload();
    second.tab.unload();
    world.run_for(end - world.time() + HOUR);
    let page = begin_load(&world, APP);
    wait_until(&world, SECOND, || page.starting.is_settled());
    assert_eq!(page.status(), Status::ReauthRequired, "from the first state on");
    world.run_for(HOUR);
    assert_eq!((refreshes(&world, end).len(), page.events()), (0, vec!["reauthRequired reauth_required".to_owned()]));
}

#[test]
fn e1_a_refreshed_id_token_may_move_it() {
    for seed in 0..20 {
        let (world, [first, _second], end) = bounded(seed, BOUND);
        world.run_for(10 * MINUTE);
        world.provider().settings.session_lifetime = Some(2 * BOUND);
        world.run_for(end - world.time() + 5 * MINUTE);
        assert_eq!((first.status(), first.token(&world).is_ok()), (Status::SignedIn, true), "seed {seed}");
        world.run_for(BOUND);
        assert_eq!(first.status(), Status::ReauthRequired, "seed {seed}");
        assert_eq!(refreshes(&world, end + BOUND).len(), 0, "seed {seed}");
    }
}

#[test]
fn e10_a_clock_that_is_set_back_does_not_prolong_it() {
    for seed in 0..20 {
        let (world, pages, end) = bounded(seed, BOUND);
        if seed % 2 == 0 {
            world.provider().settings.expires_in = Some(keyward::protocol::json::Json::Null);
            world.finish(&pages[0].ask_with(force()), MINUTE).expect("every call settles").expect("a token");
        }
        world.run_for(MINUTE);
        world.set_clock_offset(-10 * HOUR);
        world.run_for(end - world.time() + 2 * SECOND);
        is_over(&world, &pages, end + 2 * SECOND, &format!("seed {seed}"));
    }
}
