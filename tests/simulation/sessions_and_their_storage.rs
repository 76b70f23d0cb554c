//! Sections F and G by number: one writer for sign-ins, other records untouched, storage that fails, and a sign-out that
//! is complete here before the provider hears of it.

use super::stage::*;
use keyward::client::{AccountSelector, Client, Config, SignOutOptions, Status, TokenOptions};
use keyward::platform::sim::{Endpoint, Fault, StorageFault, World};
use keyward::protocol::error::ErrorCode;
use std::cell::RefCell;
use std::rc::Rc;

fn local() -> SignOutOptions {
    SignOutOptions { local: true, ..SignOutOptions::default() }
}

#[test]
fn f2_first_again_another_user_after_a_wipe_and_after_a_sign_out_elsewhere() {
    for seed in 0..20 {
        let world = World::new(seed);
        let mut page = signed_in(&world, "alice");
        let mut last = page.token(&world).unwrap();
        for (round, user) in ["alice", "bob", "alice", "alice"].into_iter().enumerate() {
            match round {
                2 => world.clear_storage(),
                3 => sign_out_of(&world, &load(&world, APP), local()),
                _ => {}
            }
            world.run_for(SECOND);
            page = sign_in(&world, &page, user);
            let token = page.token(&world).unwrap();
            assert!(token.ends_with(user) && token != last, "seed {seed}, round {round}: {token} after {last}");
            let records = sessions(&world);
            let key = &records.iter().find(|(_, text)| text.contains(&*token)).expect("what is handed out is stored").0;
            let of_user = records.iter().filter(|(_, text)| text.contains(&format!("\"subject\":\"{user}\""))).count();
            assert_eq!(
                (key.contains(":session:"), of_user),
                (true, 1),
                "seed {seed}, round {round}: one record a user"
            );
            last = token;
        }
    }
}

#[test]
fn f3_other_records_stay_byte_identical() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        let page = sign_in(&world, &page, "bob");
        let of = |user: &str| AccountSelector { subject: Some(user.to_owned()), ..AccountSelector::default() };
        let record = |user: &str| {
            let subject = format!("\"subject\":\"{user}\"");
            sessions(&world).into_iter().find(|(_, text)| text.contains(&subject)).map(|(_, text)| text)
        };
        let (alices, bobs) = (record("alice"), record("bob"));
        assert!(alices.is_some() && bobs.is_some());
        world.finish(&page.ask_with(TokenOptions { account: of("bob"), ..force() }), MINUTE).unwrap().unwrap();
        assert_eq!(record("alice"), alices, "seed {seed}: refreshing another");
        assert_ne!(record("bob"), bobs);
        let page = sign_in(&world, &page, "carol");
        assert_eq!(record("alice"), alices, "seed {seed}: signing another in");
        let bobs = record("bob");
        sign_out_of(&world, &page, SignOutOptions { account: of("carol"), ..local() });
        assert_eq!(
            (record("alice"), record("bob"), record("carol")),
            (alices, bobs, None),
            "seed {seed}: signing it out"
        );
    }
}

#[test]
fn f5_a_record_that_nobody_can_read_is_removed_and_means_signed_out() {
    for (seed, damage) in
        ["{", "null", "[]", "{\"v\":999999}", "{\"v\":1,\"__proto__\":{}}", ""].into_iter().enumerate()
    {
        let world = World::new(seed as u64);
        let page = signed_in(&world, "alice");
        page.tab.unload();
        let (key, _) = sessions(&world).remove(0);
        world.store(&key, Some(damage));
        let page = load(&world, APP);
        world.run_for(SECOND);
        assert_eq!((page.status(), page.token(&world)), (Status::SignedOut, Err(ErrorCode::LoginRequired)), "{damage}");
        assert_eq!(sessions(&world), [], "{damage}: removed");
        assert!(sign_in(&world, &page, "alice").token(&world).is_ok(), "{damage}: a sign-in mends it");
    }
}

#[test]
fn f5_a_record_of_a_newer_release_is_removed_and_reported_and_harms_no_other() {
    let world = World::new(5);
    let page = sign_in(&world, &signed_in(&world, "alice"), "bob");
    page.tab.unload();
    let (alices, bobs): (Vec<_>, Vec<_>) =
        sessions(&world).into_iter().partition(|(_, text)| text.contains("\"subject\":\"alice\""));
    let (key, text) = &alices[0];
    let newer = text.replacen("\"v\":1,", "\"v\":2,", 1);
    assert_ne!(newer, *text);
    world.store(key, Some(&newer));

    let logged: Rc<RefCell<Vec<&'static str>>> = Rc::default();
    let log = logged.clone();
    let config = Config { logger: Some(Rc::new(move |entry| log.borrow_mut().push(entry.event))), ..config() };
    let tab = world.open(APP);
    let client = Client::new(tab.clone(), config).unwrap();
    let begun = client.clone();
    tab.call(async move { begun.start().await });
    world.run_for(SECOND);
    let subjects: Vec<String> = client.state().sessions.iter().map(|session| session.subject.clone()).collect();
    assert_eq!(subjects, ["bob"]);
    assert_eq!(sessions(&world), bobs, "it is removed, and the other is byte-identical");
    assert_eq!(logged.borrow().iter().filter(|event| **event == "record_unreadable").count(), 1);
}

#[test]
fn f6_a_storage_that_breaks_leaves_the_session_in_memory_and_takes_it_back() {
    for seed in 0..20 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.set_storage_fault(StorageFault::ReadOnly);
        let token = world.finish(&page.ask_with(force()), MINUTE).expect("every call settles").expect("it goes on");
        assert_eq!(page.token(&world).as_deref(), Ok(&*token), "seed {seed}");
        world.run_for(2 * MINUTE);
        let told = page.events().iter().filter(|event| event.starts_with("storageDegraded")).count();
        assert_eq!(told, 1, "seed {seed}: {:?}", page.events());
        world.set_storage_fault(StorageFault::None);
        world.run_for(MINUTE);
        assert!(
            sessions(&world).iter().any(|(_, text)| text.contains(&*token)),
            "seed {seed}: stored as soon as it can be"
        );
        assert_eq!(page.reload(&world).token(&world).as_deref(), Ok(&*token), "seed {seed}");
    }
}

#[test]
fn f6_a_storage_that_is_cleared_signs_every_tab_out() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.clear_storage();
        world.run_for(SECOND);
        for page in [&first, &second] {
            assert_eq!(page.token(&world), Err(ErrorCode::LoginRequired), "seed {seed}");
            assert!(
                page.events().iter().any(|event| event.starts_with("signedOut storage_cleared")),
                "{:?}",
                page.events()
            );
        }
    }
}

#[test]
fn g1_everything_here_is_cleared_before_the_provider_hears_of_it() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        world.faults().meet_next(Endpoint::Revocation, Fault::RequestSwallowed);
        let began = world.time();
        let client = first.client.clone();
        let call = first.tab.call(async move { client.sign_out(local()).await });
        wait_until(&world, SECOND, || world.exchanges().iter().any(|it| it.endpoint == Endpoint::Revocation));
        assert_eq!(sessions(&world), [], "seed {seed}: cleared before the first request");
        assert_eq!(first.status(), Status::SignedOut, "seed {seed}");
        world.finish(&call, MINUTE).expect("a provider that is silent holds nobody up").unwrap();
        assert!(world.time() - began < 5 * SECOND, "seed {seed}: bounded");
        assert_eq!((second.status(), second.token(&world)), (Status::SignedOut, Err(ErrorCode::LoginRequired)));
    }
}

/// What could not be removed is removed as soon as it can be, and nobody is shown it before.
#[test]
fn g1_a_sign_out_that_the_storage_missed_is_made_up_for() {
    for seed in 0..30 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.set_storage_fault(StorageFault::Broken);
        sign_out_of(&world, &page, local());
        assert_eq!(page.status(), Status::SignedOut, "seed {seed}");
        let told = || page.events().iter().filter(|event| event.starts_with("storageDegraded")).count();
        assert_eq!(told(), 1, "seed {seed}: {:?}", page.events());
        world.run_for(2 * MINUTE);
        world.set_storage_fault(StorageFault::None);
        world.run_for(MINUTE);
        assert!(sessions(&world).is_empty(), "seed {seed}: {:?}", sessions(&world));
        assert_eq!(load(&world, APP).status(), Status::SignedOut, "seed {seed}");
        assert_eq!((page.status(), told()), (Status::SignedOut, 1), "seed {seed}: {:?}", page.events());
    }
}

/// A session that was never in the storage does not get there after its end.
#[test]
fn g1_a_session_in_memory_ends_with_its_sign_out() {
    for seed in 0..30 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.set_storage_fault(StorageFault::ReadOnly);
        world.finish(&page.ask_with(force()), MINUTE).unwrap().unwrap();
        world.set_storage_fault(StorageFault::Broken);
        sign_out_of(&world, &page, local());
        assert_eq!(page.status(), Status::SignedOut, "seed {seed}");
        world.set_storage_fault(StorageFault::None);
        world.run_for(MINUTE);
        assert!(sessions(&world).is_empty(), "seed {seed}: {:?}", sessions(&world));
    }
}

#[test]
fn f6_a_storage_that_cannot_be_read_at_the_start_is_said_once() {
    for seed in 0..30 {
        let world = World::new(seed);
        let page = signed_in(&world, "alice");
        world.set_storage_fault(StorageFault::Broken);
        let page = page.reload(&world);
        world.run_for(MINUTE);
        let told = page.events().iter().filter(|event| event.starts_with("storageDegraded")).count();
        assert_eq!(told, 1, "seed {seed}: {:?}", page.events());
        // As soon as it works, the stored session is there, without a reload.
        world.set_storage_fault(StorageFault::None);
        world.run_for(MINUTE);
        assert_eq!(page.status(), Status::SignedIn, "seed {seed}: {:?}", page.events());
        assert!(page.token(&world).is_ok(), "seed {seed}");
    }
}
