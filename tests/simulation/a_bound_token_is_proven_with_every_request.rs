//! Tokens bound to a key: nonces come and go, clocks are wrong, keys get lost, and nothing loops.

use super::stage::*;
use keyward::client::{ApiAnswer, ApiRequest, SignOutOptions, Status, TokenOptions};
use keyward::platform::sim::{Call, Endpoint, World};
use keyward::platform::{Area, Platform};
use keyward::protocol::base64url;
use keyward::protocol::error::{Error, ErrorCode};
use keyward::protocol::json::{self, Json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::ready;
use std::rc::Rc;

const URL: &str = "https://api.example/orders?page=2";

fn world(seed: u64, nonces: bool) -> World {
    let world = World::new(seed);
    world.provider().settings.dpop = true;
    world.provider().settings.dpop_nonces = nonces;
    world
}

fn token_requests(world: &World) -> usize {
    world.exchanges().iter().filter(|exchange| exchange.endpoint == Endpoint::Token).count()
}

/// What the proof of an attempt says, and the scheme of its token.
fn read(headers: &[(&str, String)]) -> (String, Json) {
    let [(_, authorization), (name, proof)] = headers else { panic!("two header fields") };
    assert_eq!(*name, "DPoP");
    let payload = proof.split('.').nth(1).unwrap();
    let payload = String::from_utf8(base64url::decode(payload).unwrap()).unwrap();
    (authorization.clone(), json::parse(&payload).unwrap())
}

type Seen = Rc<RefCell<Vec<(String, Json, String)>>>;

/// Asks an API that answers as told by the number of the attempt.
fn ask(
    page: &Page,
    method: &str,
    repeatable: bool,
    answer: impl Fn(usize) -> ApiAnswer + 'static,
) -> (Call<Result<(), Error>>, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let send = move |(headers, url): (Option<Vec<(&'static str, String)>>, String)| {
        let (authorization, proof) = read(&headers.unwrap());
        noted.borrow_mut().push((authorization, proof, url));
        ready(Ok(answer(noted.borrow().len())))
    };
    let client = page.client.clone();
    let request = ApiRequest { method: method.to_owned(), url: URL.to_owned(), repeatable };
    (page.tab.call(async move { client.fetch(&request, Default::default(), send).await }), seen)
}

fn answered(status: u16, challenge: Option<&str>, nonce: Option<&str>) -> ApiAnswer {
    ApiAnswer {
        status,
        url: URL.to_owned(),
        www_authenticate: challenge.map(str::to_owned),
        dpop_nonce: nonce.map(str::to_owned),
    }
}

const WANTS_NONCE: Option<&str> = Some("DPoP error=\"use_dpop_nonce\"");

#[test]
fn h1_a_demand_for_a_nonce_is_answered_once_and_then_known() {
    for seed in 0..20 {
        let world = world(seed, true);
        let page = signed_in(&world, "alice");
        assert_eq!(token_requests(&world), 2, "seed {seed}: the code with and without a nonce");
        assert_eq!(page.events(), ["signedIn local"], "seed {seed}");
        // A minute later there is another nonce, and the one before is accepted still; its answer brings the new one.
        world.run_for(MINUTE);
        let options = keyward::TokenOptions { force_refresh: true, ..Default::default() };
        let call = page.ask_with(options);
        world.finish(&call, MINUTE).unwrap().unwrap();
        assert_eq!(token_requests(&world), 3, "seed {seed}: from a success, too");
        world.run_for(20 * MINUTE);
        assert!(page.token(&world).is_ok(), "seed {seed}");
        assert_eq!(page.status(), Status::SignedIn, "seed {seed}");
        let rounds = successes(&world, 0);
        assert!(refreshes(&world, 0).len() <= 2 * rounds, "seed {seed}: never more than two requests for one answer");
    }
}

#[test]
fn h1_two_tabs_refresh_once_with_nonces_too() {
    for seed in 0..20 {
        let world = world(seed, true);
        let (first, second) = two_tabs(&world, "alice");
        for expiry in 1..=3 {
            world.run_for(5 * MINUTE);
            assert_eq!(successes(&world, 0), expiry, "seed {seed}");
            assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
        }
    }
}

#[test]
fn k7_a_nonce_that_cannot_be_read_is_no_loop() {
    let world = world(1, true);
    let page = signed_in(&world, "alice");
    world.provider().settings.dpop_nonces_exposed = false;
    // Another page has no nonce yet, and cannot get one.
    let other = load(&world, APP);
    page.tab.kill();
    let before = token_requests(&world);
    world.run_for(HOUR);
    assert!(token_requests(&world) <= before + 2, "{}", token_requests(&world) - before);
    // C4: for an hour the provider has refused, so nobody is shown as signed in, and the cause says what it wants.
    assert_eq!((other.token(&world), other.status()), (Err(ErrorCode::ReauthRequired), Status::ReauthRequired));
    let state = other.client.state();
    let cause = state.session.as_ref().and_then(|session| session.error.as_ref()).expect("a cause");
    assert_eq!(cause.oauth.as_ref().map(|oauth| &*oauth.error), Some("use_dpop_nonce"));
}

#[test]
fn h1_a_clock_that_is_wrong_by_years_is_learned() {
    for (offset, nonces) in
        [(-400 * 24 * HOUR, true), (400 * 24 * HOUR, true), (4 * MINUTE, false), (-4 * MINUTE, false)]
    {
        let world = world(3, nonces);
        world.set_clock_offset(offset);
        let page = signed_in(&world, "alice");
        let (call, seen) = ask(&page, "GET", true, |_| answered(200, None, None));
        world.finish(&call, MINUTE).unwrap().unwrap();
        let issued_at = seen.borrow()[0].1.get("iat").and_then(Json::as_i64).unwrap();
        let wrong = issued_at - world.time() / 1000;
        assert!((-17..=2).contains(&wrong), "{offset}: {wrong} s");
        // From now on a provider without nonces is content, too.
        world.provider().settings.dpop_nonces = false;
        world.run_for(10 * MINUTE);
        assert!(page.token(&world).is_ok(), "{offset}");
    }
}

#[test]
fn h1_each_request_to_an_api_has_a_proof_of_its_own() {
    let world = world(4, false);
    let page = signed_in(&world, "alice");
    let token = page.token(&world).unwrap();
    let mut ids = BTreeSet::new();
    for method in ["GET", "POST", "PATCH"] {
        let (call, seen) = ask(&page, method, true, |_| answered(200, None, None));
        world.finish(&call, MINUTE).unwrap().unwrap();
        let (authorization, said, _) = seen.borrow()[0].clone();
        assert_eq!(authorization, format!("DPoP {token}"));
        assert_eq!((said.str("htm"), said.str("htu")), (Some(method), Some("https://api.example/orders")));
        assert_eq!(said.str("ath").map(str::len), Some(43));
        assert!(ids.insert(said.str("jti").unwrap().to_owned()));
    }
}

#[test]
fn h1_an_api_has_nonces_of_its_own_and_they_are_taken_from_successes() {
    let world = world(5, true);
    let page = signed_in(&world, "alice");
    let (call, seen) = ask(&page, "POST", true, |attempt| match attempt {
        1 => answered(401, WANTS_NONCE, Some("api-1")),
        _ => answered(200, None, Some("api-2")),
    });
    world.finish(&call, MINUTE).unwrap().unwrap();
    let nonces = |seen: &Seen| -> Vec<Option<String>> {
        seen.borrow().iter().map(|(_, said, _)| said.str("nonce").map(str::to_owned)).collect()
    };
    assert_eq!(nonces(&seen), [None, Some("api-1".to_owned())], "the provider's nonce is not the API's");
    assert_ne!(seen.borrow()[0].1.str("jti"), seen.borrow()[1].1.str("jti"));
    let (call, seen) = ask(&page, "GET", true, |_| answered(200, None, None));
    world.finish(&call, MINUTE).unwrap().unwrap();
    assert_eq!(nonces(&seen), [Some("api-2".to_owned())]);
    assert!(refreshes(&world, 0).is_empty(), "a demand for a nonce says nothing about the token");
}

#[test]
fn h1_an_api_that_demands_a_nonce_again_and_again_is_no_loop() {
    let world = world(6, false);
    let page = signed_in(&world, "alice");
    let (call, seen) = ask(&page, "GET", true, |attempt| answered(401, WANTS_NONCE, Some(&format!("n-{attempt}"))));
    world.finish(&call, MINUTE).unwrap().expect("the refusal is the caller's to see");
    assert_eq!(seen.borrow().len(), 2);
    assert!(refreshes(&world, 0).is_empty());

    let (call, seen) = ask(&page, "GET", true, |_| answered(401, WANTS_NONCE, None));
    let error = world.finish(&call, MINUTE).unwrap().expect_err("the nonce cannot be read");
    assert!(error.message.contains("Access-Control-Expose-Headers"), "{error}");
    assert_eq!(seen.borrow().len(), 1);
}

#[test]
fn h1_no_other_refusal_is_taken_for_a_demand_for_a_nonce() {
    for challenge in
        ["DPoP error=\"invalid_token\"", "DPoP", "Bearer error=\"use_dpop_nonce\"", "DPoP error=\"invalid_dpop_proof\""]
    {
        let world = world(7, false);
        let page = signed_in(&world, "alice");
        let (call, seen) = ask(&page, "GET", true, move |attempt| match attempt {
            1 => answered(401, Some(challenge), Some("n-1")),
            _ => answered(200, None, None),
        });
        world.finish(&call, MINUTE).unwrap().unwrap();
        assert_eq!(refreshes(&world, 0).len(), 1, "{challenge}: the token is renewed");
        let seen = seen.borrow();
        assert_eq!(seen.len(), 2, "{challenge}");
        assert_ne!(seen[0].0, seen[1].0, "{challenge}");
    }
}

#[test]
fn h1_a_body_that_cannot_be_repeated_learns_the_nonce_for_the_next_one() {
    let world = world(8, false);
    let page = signed_in(&world, "alice");
    let (call, seen) = ask(&page, "POST", false, |_| answered(401, WANTS_NONCE, Some("n-1")));
    world.finish(&call, MINUTE).unwrap().unwrap();
    assert_eq!(seen.borrow().len(), 1);
    let (call, seen) = ask(&page, "POST", false, |_| answered(200, None, None));
    world.finish(&call, MINUTE).unwrap().unwrap();
    assert_eq!(seen.borrow()[0].1.str("nonce"), Some("n-1"));
}

#[test]
fn h1_after_a_redirect_within_the_origin_there_is_a_proof_for_where_it_led() {
    let world = world(9, false);
    let page = signed_in(&world, "alice");
    let there = "https://api.example/elsewhere";
    let (call, seen) = ask(&page, "GET", true, move |attempt| match attempt {
        1 => ApiAnswer { url: there.to_owned(), ..answered(401, Some("DPoP error=\"invalid_dpop_proof\""), None) },
        _ => ApiAnswer { url: there.to_owned(), ..answered(200, None, None) },
    });
    world.finish(&call, MINUTE).unwrap().unwrap();
    let seen = seen.borrow();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[1].1.str("htu"), seen[1].2.as_str()), (Some(there), there));
    assert!(refreshes(&world, 0).is_empty());
}

#[test]
fn h1_a_lost_key_ends_the_session_in_every_tab() {
    let world = world(10, false);
    let (first, second) = two_tabs(&world, "alice");
    world.lose_keys();
    let (call, seen) = ask(&first, "GET", true, |_| answered(200, None, None));
    let error = world.finish(&call, MINUTE).unwrap().expect_err("nothing can be proven");
    assert_eq!(error.code, ErrorCode::KeyLost);
    assert!(seen.borrow().is_empty(), "and nothing was sent");
    world.run_for(HOUR);
    assert!(refreshes(&world, 0).is_empty());
    for page in [&first, &second] {
        assert_eq!(page.status(), Status::ReauthRequired);
        assert_eq!(page.token(&world), Err(ErrorCode::KeyLost));
        let told = page.events().iter().filter(|event| event.starts_with("reauthRequired")).count();
        assert_eq!(told, 1, "{:?}", page.events());
    }
}

#[test]
fn f7_keys_go_with_what_they_are_for() {
    for seed in 0..10 {
        let world = world(seed, true);
        let page = load(&world, APP);
        // A sign-in that nobody finishes.
        go_to_provider(&world, &page, "bob");
        let page = signed_in(&world, "alice");
        assert_eq!(world.keys().len(), 2, "seed {seed}");
        let page = sign_in(&world, &page, "alice");
        assert_eq!(world.keys().len(), 2, "seed {seed}: the new sign-in's, and the pending one's");
        world.run_for(65 * MINUTE);
        let page = page.reload(&world);
        world.run_for(MINUTE);
        assert_eq!(world.keys().len(), 1, "seed {seed}: what is pending no longer is swept");
        page.sign_out(&world);
        assert_eq!(world.keys(), [""; 0], "seed {seed}");

        let page = signed_in(&world, "alice");
        let client = page.client.clone();
        go_to_provider(&world, &load(&world, APP), "bob");
        let everything = SignOutOptions { all: true, ..SignOutOptions::default() };
        let call = page.tab.call(async move { client.sign_out(everything).await });
        world.finish(&call, MINUTE).unwrap().unwrap();
        assert_eq!(world.keys(), [""; 0], "seed {seed}");
        assert_eq!(world.stored(), [], "seed {seed}");
    }
}

#[test]
fn h1_a_key_that_nobody_came_back_for_does_not_stay_for_ever() {
    const DAY: i64 = 24 * HOUR;
    let world = world(31, false);
    world.provider().settings.access_lifetime = 10 * DAY;
    let page = signed_in(&world, "alice");
    // As tabs with a session of their own leave them behind when they are closed.
    let leave = |page: &Page, name: String| {
        let tab = page.tab.clone();
        let call = page.tab.call(async move { tab.create_key(Area::Transactions, &name).await.is_ok() });
        assert_eq!(world.finish(&call, SECOND), Some(true));
    };
    let [own] = &world.keys()[..] else { panic!("one key: {:?}", world.keys()) };
    let (old, other) = (format!("keyward:proof:{}.old", world.time()), "another:proof:1.x".to_owned());
    leave(&page, old.clone());
    leave(&page, other.clone());
    world.run_for(100 * DAY);
    let young = format!("keyward:proof:{}.young", world.time());
    leave(&page, young.clone());
    let page = page.reload(&world);
    assert_eq!(world.keys().len(), 4, "another tab may have a session with it: {:?}", world.keys());

    world.run_for(81 * DAY);
    let page = page.reload(&world);
    assert!(world.keys().contains(own), "the session's own is as old, and stays");
    let renewed = || TokenOptions { force_refresh: true, ..TokenOptions::default() };
    let call = page.ask_with(renewed());
    assert!(world.finish(&call, MINUTE).expect("settled").is_ok());

    let page = sign_in(&world, &page, "alice").reload(&world);
    let keys = world.keys();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.contains(&other) && keys.contains(&young) && !keys.contains(&old) && !keys.contains(own), "{keys:?}");
    let call = page.ask_with(renewed());
    assert!(world.finish(&call, MINUTE).expect("settled").is_ok());
}
