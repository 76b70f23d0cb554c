//! Listeners may call anything of the client from within: ask for tokens, subscribe, unsubscribe, sign out.

use super::stage::*;
use keyward::client::{SignOutOptions, Status, TokenOptions};
use keyward::platform::Platform as _;
use keyward::platform::sim::World;
use keyward::session::event::Event;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[test]
fn f8_whatever_it_calls() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let (told, answered) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let ends_itself = Rc::new(RefCell::new(None));
        let listening = {
            let (client, told, answered, own) =
                (first.client.clone(), told.clone(), answered.clone(), ends_itself.clone());
            move |_: &Event| {
                told.set(told.get() + 1);
                own.borrow_mut().take();
                let state = client.state();
                assert_eq!(client.cached_token(&TokenOptions::default()).is_some(), state.is_signed_in());
                drop(client.subscribe(|_| ()));
                let (asking, answered) = (client.clone(), answered.clone());
                client.platform().spawn(async move {
                    let _ = asking.access_token(TokenOptions { force_refresh: true, ..TokenOptions::default() }).await;
                    answered.set(answered.get() + 1);
                });
            }
        };
        *ends_itself.borrow_mut() = Some(first.client.on_event(listening));
        world.run_for(6 * MINUTE);
        assert_eq!((told.get(), answered.get()), (1, 1), "seed {seed}");
        assert_eq!(first.token(&world), second.token(&world), "seed {seed}");
    }
}

#[test]
fn f8_not_even_if_it_signs_out() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (first, second) = two_tabs(&world, "alice");
        let client = first.client.clone();
        let _listening = first.client.on_event(move |event| {
            if matches!(event, Event::TokenRefreshed(..)) {
                let leaving = client.clone();
                client.platform().spawn(async move {
                    let _ = leaving.sign_out(SignOutOptions::default()).await;
                });
            }
        });
        world.run_for(6 * MINUTE);
        assert_eq!((first.status(), second.status()), (Status::SignedOut, Status::SignedOut), "seed {seed}");
        assert!(!world.provider().is_alive(0), "seed {seed}");
        assert_eq!(world.busy_locks(), [""; 0], "seed {seed}");
    }
}
