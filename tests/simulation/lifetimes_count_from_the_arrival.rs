//! `expires_in` counts from when the answer arrives (E10). Where nobody knows when that was, because the page was frozen or
//! the machine asleep, it counts from when the request was sent: never too long.

use super::stage::*;
use keyward::platform::sim::{Endpoint, Fault, World};
use keyward::protocol::Millis;

const LIFETIME: Millis = 5 * MINUTE;

/// A page in the middle of a refresh whose answer takes eight seconds, and when that was sent.
fn waiting(seed: u64) -> (World, Page, Millis) {
    let world = World::new(seed);
    let page = signed_in(&world, "alice");
    world.sleep_machine(HOUR);
    world.faults().meet_next(Endpoint::Token, Fault::AnswerSlow(8 * SECOND));
    page.ask();
    wait_until(&world, SECOND, || under_way(&world) == 1);
    let sent_at = world.time();
    (world, page, sent_at)
}

fn expires_at(world: &World, page: &Page) -> Millis {
    assert!(page.token(world).is_ok());
    page.client.state().session.as_ref().and_then(|session| session.expires_at).expect("it has a lifetime")
}

#[test]
fn e10_a_slow_answer_takes_nothing_off() {
    for seed in 0..50 {
        let (world, page, sent_at) = waiting(seed);
        world.run_for(9 * SECOND);
        let counted_from = expires_at(&world, &page) - LIFETIME;
        assert!(
            (8 * SECOND..9 * SECOND).contains(&(counted_from - sent_at)),
            "seed {seed}: {}",
            counted_from - sent_at
        );
    }
}

#[test]
fn e10_a_page_that_was_frozen_or_a_machine_that_slept_counts_from_the_request() {
    for seed in 0..50 {
        let (world, page, sent_at) = waiting(seed);
        if seed % 2 == 0 {
            page.tab.freeze();
            world.run_for(9 * SECOND);
            page.tab.thaw();
        } else {
            world.run_for(SECOND);
            world.sleep_machine(2 * MINUTE);
        }
        world.run_for(SECOND);
        // The browser's own timeout may have come first; then there is another request.
        let known = refreshes(&world, sent_at + 1);
        let sent_at = known.last().map_or(sent_at, |exchange| exchange.sent_at);
        let counted_from = expires_at(&world, &page) - LIFETIME;
        assert!((-5..=SECOND).contains(&(counted_from - sent_at)), "seed {seed}: {}", counted_from - sent_at);
    }
}
