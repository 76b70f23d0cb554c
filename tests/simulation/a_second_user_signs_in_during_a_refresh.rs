//! While a refresh for one user is under way, another one signs in, or the same one again: the late answer changes
//! nothing of what the new sign-in brought.

use super::stage::*;
use keyward::client::{AccountSelector, TokenOptions};
use keyward::platform::sim::{Endpoint, Fault, World};

#[test]
fn e4_another_user() {
    for seed in 0..50 {
        let world = World::new(seed);
        let second = signed_in(&world, "alice");
        world.sleep_machine(10 * MINUTE);
        world.faults().meet_next(Endpoint::Token, Fault::AnswerSlow(8_000));
        let waiting = second.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        let first = load(&world, APP);
        let first = sign_in(&world, &first, "bob");
        assert_eq!(under_way(&world), 1, "seed {seed}: the answer is late");
        let bobs = stored(&world, "bob");
        world.run_for(10 * SECOND);
        assert_eq!(stored(&world, "bob"), bobs, "seed {seed}: the record of bob is untouched");
        let alices = waiting.take().expect("every call settles").expect("alice goes on");
        for page in [&first, &second] {
            assert!(page.token(&world).expect("a token").ends_with("-bob"), "seed {seed}: bob signed in last");
            assert_eq!(token_of(page, &world, "alice"), alices, "seed {seed}");
        }
    }
}

#[test]
fn e4_the_same_user_again() {
    for seed in 0..50 {
        let world = World::new(seed);
        let second = signed_in(&world, "alice");
        world.sleep_machine(10 * MINUTE);
        world.faults().meet_next(Endpoint::Token, Fault::AnswerSlow(8_000));
        let waiting = second.ask();
        wait_until(&world, SECOND, || under_way(&world) == 1);
        let first = load(&world, APP);
        let first = sign_in(&world, &first, "alice");
        assert_eq!(under_way(&world), 1, "seed {seed}: the answer is late");
        let after_sign_in = stored(&world, "alice");
        world.run_for(10 * SECOND);
        assert_eq!(stored(&world, "alice"), after_sign_in, "seed {seed}: the new sign-in is untouched");
        assert!(waiting.take().expect("every call settles").is_ok(), "seed {seed}");
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
        assert!(
            !world.provider().is_alive(0) && world.provider().is_alive(1),
            "seed {seed}: the late grant is revoked"
        );
    }
}

fn stored(world: &World, user: &str) -> String {
    let subject = format!("\"subject\":\"{user}\"");
    world.stored().into_iter().map(|(_, text)| text).find(|text| text.contains(&subject)).expect("a record")
}

fn token_of(page: &Page, world: &World, user: &str) -> std::rc::Rc<str> {
    let account = AccountSelector { subject: Some(user.to_owned()), ..AccountSelector::default() };
    let call = page.ask_with(TokenOptions { account, ..TokenOptions::default() });
    world.finish(&call, MINUTE).expect("every call settles").expect("a token")
}
