//! Requests to APIs: the token goes to allowed origins only, and an API that refuses it is asked once more with a new one.

use super::stage::*;
use keyward::client::{ApiAnswer, ApiRequest, Attempt, Client};
use keyward::platform::sim::{Fault, Faults, Tab, World};
use keyward::protocol::error::{Error, ErrorCode};
use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;

const URL: &str = "https://api.example/orders?page=2#top";

type Answer = dyn Fn(usize, &str) -> ApiAnswer;

/// What an API received, and what it answers: by the number of the attempt, and whether it is authorized with what.
struct Api {
    received: Rc<RefCell<Vec<Option<String>>>>,
    answer: Rc<Answer>,
}

impl Api {
    fn new(answer: impl Fn(usize, &str) -> ApiAnswer + 'static) -> Api {
        Api { received: Rc::default(), answer: Rc::new(answer) }
    }

    fn refusing(challenge: &'static str) -> Api {
        Api::new(move |_, _| unauthorized(challenge))
    }

    /// Refuses the first `times` attempts.
    fn refusing_first(times: usize) -> Api {
        Api::new(move |attempt, _| if attempt <= times { unauthorized("Bearer") } else { answered(200) })
    }

    fn send(&self) -> impl FnMut(Attempt) -> std::future::Ready<Result<ApiAnswer, Error>> + use<> {
        let (received, answer) = (self.received.clone(), self.answer.clone());
        move |(headers, _)| {
            let headers = headers.map(|headers| {
                assert_eq!(headers.len(), 1);
                assert_eq!(headers[0].0, "Authorization");
                headers[0].1.clone()
            });
            received.borrow_mut().push(headers.clone());
            ready(Ok(answer(received.borrow().len(), headers.as_deref().unwrap_or_default())))
        }
    }

    fn received(&self) -> Vec<String> {
        self.received.borrow().iter().map(|token| token.clone().unwrap_or_else(|| "nothing".to_owned())).collect()
    }
}

fn answered(status: u16) -> ApiAnswer {
    ApiAnswer { status, url: URL.to_owned(), ..ApiAnswer::default() }
}

fn unauthorized(challenge: &str) -> ApiAnswer {
    ApiAnswer { www_authenticate: Some(challenge.to_owned()), ..answered(401) }
}

fn get(url: &str) -> ApiRequest {
    ApiRequest { method: "GET".to_owned(), url: url.to_owned(), repeatable: true }
}

fn ask(world: &World, page: &Page, request: ApiRequest, api: &Api) -> Result<(), Error> {
    let (client, send): (Client<Tab>, _) = (page.client.clone(), api.send());
    let call = page.tab.call(async move { client.fetch(&request, Default::default(), send).await });
    world.finish(&call, MINUTE).expect("every call settles")
}

#[test]
fn h4_the_token_goes_to_allowed_origins_and_nowhere_else() {
    let world = World::new(1);
    let page = signed_in(&world, "alice");
    let token = page.token(&world).unwrap();
    let api = Api::new(|_, _| answered(200));
    ask(&world, &page, get(URL), &api).unwrap();
    assert_eq!(api.received(), [format!("Bearer {token}")]);
    for elsewhere in [
        "https://api.example.evil.test/",
        "https://evil.test/https://api.example",
        "https://evil.test#https://api.example",
        "http://api.example/",
        "https://api.example:8443/",
        "https://sub.api.example/",
        "https://user@api.example/",
        "https://api.example@evil.test/",
        "https://api.example\\@evil.test/",
        "https://app.example/",
        "https://provider.example/token",
        "blob:https://api.example/1",
        "data:,x",
        "",
    ] {
        let api = Api::new(|_, _| unauthorized("Bearer"));
        ask(&world, &page, get(elsewhere), &api).unwrap();
        assert_eq!(api.received(), ["nothing"], "{elsewhere}");
        let (client, url) = (page.client.clone(), elsewhere.to_owned());
        let call = page.tab.call(async move { client.authorization("GET", &url, &Default::default()).await });
        let refused = world.finish(&call, MINUTE).unwrap().expect_err("another origin");
        assert_eq!(refused.code, ErrorCode::InvalidArgument, "{elsewhere}");
        assert!(!refused.to_string().contains(&*token));
    }
    assert!(refreshes(&world, 0).is_empty());
}

#[test]
fn h4_a_request_that_needs_no_token_needs_no_session() {
    let world = World::new(2);
    let page = load(&world, APP);
    let api = Api::new(|_, _| answered(200));
    ask(&world, &page, get("https://elsewhere.example/"), &api).unwrap();
    assert_eq!(api.received(), ["nothing"]);
    let refused = ask(&world, &page, get(URL), &api).expect_err("nobody is signed in");
    assert_eq!(refused.code, ErrorCode::LoginRequired);
    assert_eq!(api.received().len(), 1);
}

#[test]
fn h4_401_refreshes_and_repeats_once() {
    let world = World::new(3);
    let page = signed_in(&world, "alice");
    let before = page.token(&world).unwrap();
    for round in 1..=3 {
        let api = Api::refusing_first(1);
        ask(&world, &page, get(URL), &api).unwrap();
        let received = api.received();
        assert_eq!(received.len(), 2);
        assert_ne!(received[0], received[1], "with a new token");
        assert_eq!(received[1], format!("Bearer {}", page.token(&world).unwrap()));
        assert_eq!(refreshes(&world, 0).len(), round, "also when it happens again");
    }
    assert_ne!(page.token(&world).unwrap(), before);
}

#[test]
fn h4_an_api_that_refuses_every_token_is_no_loop() {
    let world = World::new(4);
    let page = signed_in(&world, "alice");
    let api = Api::refusing("Bearer error=\"invalid_token\"");
    for _ in 0..50 {
        ask(&world, &page, get(URL), &api).expect("the refusal is the caller's to see");
    }
    assert_eq!(refreshes(&world, 0).len(), 1);
    assert_eq!(api.received().len(), 51, "the first one twice");
    world.run_for(40 * SECOND);
    ask(&world, &page, get(URL), &api).unwrap();
    assert_eq!(refreshes(&world, 0).len(), 2, "but it is not given up for good");
}

#[test]
fn h4_callers_that_are_refused_together_share_one_refresh() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let old = format!("Bearer {}", first.token(&world).unwrap());
        let api = Api::new(move |_, token| if token == old { unauthorized("Bearer") } else { answered(200) });
        let calls: Vec<_> = (0..10)
            .flat_map(|_| [&first, &second])
            .map(|page| {
                let (client, send) = (page.client.clone(), api.send());
                page.tab.call(async move { client.fetch(&get(URL), Default::default(), send).await })
            })
            .collect();
        world.run_for(MINUTE);
        for call in &calls {
            call.take().expect("settled").unwrap();
        }
        assert_eq!(api.received().len(), 40, "seed {seed}");
        assert_eq!(refreshes(&world, 0).len(), 1, "seed {seed}");
    }
}

#[test]
fn h4_a_body_that_cannot_be_repeated_is_not_repeated() {
    let world = World::new(5);
    let page = signed_in(&world, "alice");
    let before = page.token(&world).unwrap();
    let api = Api::refusing_first(1);
    let stream = ApiRequest { method: "POST".to_owned(), repeatable: false, ..get(URL) };
    ask(&world, &page, stream, &api).unwrap();
    assert_eq!(api.received().len(), 1);
    assert_ne!(page.token(&world).unwrap(), before, "but the app's own next attempt has a new token");
}

#[test]
fn h4_403_and_every_other_status_are_the_apps_business() {
    let world = World::new(6);
    let page = signed_in(&world, "alice");
    for status in [200, 204, 304, 400, 403, 404, 407, 429, 500, 503] {
        let api = Api::new(move |_, _| ApiAnswer {
            www_authenticate: Some("Bearer error=\"insufficient_scope\"".to_owned()),
            ..answered(status)
        });
        ask(&world, &page, get(URL), &api).unwrap();
        assert_eq!(api.received().len(), 1, "{status}");
    }
    assert!(refreshes(&world, 0).is_empty());
}

#[test]
fn h4_what_another_origin_refuses_after_a_redirect_costs_nothing() {
    let world = World::new(7);
    let page = signed_in(&world, "alice");
    let step_up = "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\"";
    let api = Api::new(move |_, _| ApiAnswer { url: "https://evil.test/".to_owned(), ..unauthorized(step_up) });
    ask(&world, &page, get(URL), &api).expect("the answer of the other origin");
    assert_eq!(api.received().len(), 1);
    assert!(refreshes(&world, 0).is_empty());
}

#[test]
fn h4_rfc_9470_a_demand_for_a_stronger_sign_in_is_told_and_navigates_nowhere() {
    let world = World::new(8);
    let page = signed_in(&world, "alice");
    let challenge =
        "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold silver\", max_age=\"5\", scope=\"pay\"";
    let api = Api::refusing(challenge);
    let error = ask(&world, &page, get(URL), &api).expect_err("the user must sign in in a stronger way");
    assert_eq!((error.code, error.retryable()), (ErrorCode::StepUpRequired, false));
    assert_eq!(error.provider.as_deref(), Some("default"));
    let demands = error.step_up.as_deref().unwrap();
    assert_eq!(demands.acr_values.as_deref(), Some("gold silver"));
    assert_eq!((demands.max_age_seconds, demands.scope.as_deref()), (Some(5), Some("pay")));
    assert_eq!(api.received().len(), 1);
    assert!(refreshes(&world, 0).is_empty(), "a new token of the same sign-in would say the same");
    assert_eq!(page.tab.navigated(), None);
}

#[test]
fn h4_where_nothing_can_be_refreshed_the_caller_gets_the_refusal() {
    let world = World::new(9);
    world.provider().settings.refresh_tokens = false;
    let page = signed_in(&world, "alice");
    let api = Api::refusing("Bearer");
    ask(&world, &page, get(URL), &api).expect("401 as it is");
    assert_eq!(api.received().len(), 1);

    let world = World::new(10);
    let page = signed_in(&world, "alice");
    *world.faults() = Faults { percent: 100, kinds: vec![Fault::Status(503)], ..Faults::default() };
    ask(&world, &page, get(URL), &api).expect("401 as it is");
    assert_eq!(api.received().len(), 2);
    assert_eq!(refreshes(&world, 0).len(), 1);
}

#[test]
fn h4_who_signs_in_meanwhile_does_not_pay_for_it() {
    let world = World::new(11);
    let page = signed_in(&world, "alice");
    let page = sign_in(&world, &page, "bob");
    let alice = keyward::AccountSelector { provider: None, subject: Some("alice".to_owned()) };
    let api = Api::refusing_first(1);
    let (client, send) = (page.client.clone(), api.send());
    let options = keyward::TokenOptions { account: alice, ..Default::default() };
    let call = page.tab.call(async move { client.fetch(&get(URL), options, send).await });
    world.finish(&call, MINUTE).unwrap().unwrap();
    assert!(api.received().iter().all(|token| token.ends_with("-alice")), "{:?}", api.received());
}
