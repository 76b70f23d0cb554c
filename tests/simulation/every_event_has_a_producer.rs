//! Each event of the one list is told once per transition and tab, after what it tells of is stored and not under the
//! lock (F8); and the package's list and the documentation are that list.

use super::stage::*;
use keyward::client::SignOutOptions;
use keyward::platform::sim::{Endpoint, Fault, StorageFault, World};
use keyward::session::event::EVENTS;
use std::cell::RefCell;
use std::fs;
use std::rc::Rc;

/// What two tabs hear while somebody produces that event.
fn produce(
    name: &str,
    world: &Rc<World>,
    first: Page,
    second: &Page,
    seen: &Rc<RefCell<Vec<Seen>>>,
) -> [Vec<String>; 2] {
    let listen = |page: &Page| watch(world, page, seen);
    let mut listening = vec![listen(&first), listen(second)];
    let force = || keyward::client::TokenOptions { force_refresh: true, ..Default::default() };
    let mut here = first;
    match name {
        "signedIn" => {
            let back = go_to_provider(world, &here, "alice");
            here = begin_load(world, &back);
            listening.push(listen(&here));
            world.run_for(SECOND);
        }
        "signedOut" => {
            let client = here.client.clone();
            let options = SignOutOptions { local: true, ..SignOutOptions::default() };
            let call = here.tab.call(async move { client.sign_out(options).await });
            world.finish(&call, MINUTE).expect("every call settles").unwrap();
        }
        "tokenRefreshed" => {
            world.finish(&here.ask_with(force()), MINUTE).expect("every call settles").unwrap();
        }
        "refreshFailed" => {
            world.faults().meet_next(Endpoint::Token, Fault::Status(503));
            assert!(world.finish(&here.ask_with(force()), MINUTE).expect("every call settles").is_err());
        }
        "reauthRequired" => {
            world.provider().revoke_user("alice");
            assert!(world.finish(&here.ask_with(force()), MINUTE).expect("every call settles").is_err());
        }
        "signInFailed" => {
            let back = go_to_provider(world, &here, "alice");
            let (page, state) = (back.split('?').next().unwrap(), back.split("state=").nth(1).unwrap());
            let state = state.split('&').next().unwrap();
            here = begin_load(world, &format!("{page}?error=access_denied&state={state}"));
            listening.push(listen(&here));
            world.run_for(SECOND);
        }
        "storageDegraded" => {
            world.set_storage_fault(StorageFault::ReadOnly);
            world.finish(&here.ask_with(force()), MINUTE).expect("every call settles").unwrap();
        }
        unknown => panic!("nobody produces {unknown}: an event without a producer must not be in the list"),
    }
    world.run_for(5 * SECOND);
    drop(listening);
    let of = |page: &Page| page.events().into_iter().filter(|event| event.split(' ').next() == Some(name)).collect();
    [of(&here), of(second)]
}

/// How the world was when an event was told.
struct Seen {
    name: &'static str,
    stored: String,
    locked: bool,
}

fn watch(world: &Rc<World>, page: &Page, seen: &Rc<RefCell<Vec<Seen>>>) -> keyward::Subscription {
    let (world, seen) = (Rc::downgrade(world), seen.clone());
    page.client.on_event(move |event| {
        let Some(world) = world.upgrade() else { return };
        let sessions = world.stored().into_iter().filter(|(key, _)| key.contains(":session:"));
        let stored = sessions.map(|(_, text)| text).collect();
        let locked = world.busy_locks().iter().any(|name| name.contains(":session:"));
        seen.borrow_mut().push(Seen { name: event.name(), stored, locked });
    })
}

#[test]
fn f8_each_is_told_once_in_each_tab_that_it_concerns() {
    for (number, event) in EVENTS.iter().enumerate() {
        let world = Rc::new(World::new(number as u64));
        let (first, second) = two_tabs(&world, "alice");
        first.events.borrow_mut().clear();
        second.events.borrow_mut().clear();
        let seen = Rc::default();
        let before: String =
            world.stored().into_iter().filter(|(key, _)| key.contains(":session:")).map(|it| it.1).collect();
        let [here, there] = produce(event.name, &world, first, &second, &seen);
        // Failures to sign in and to store are of the tab that they happen to.
        let elsewhere = usize::from(!matches!(event.name, "signInFailed" | "storageDegraded"));
        assert_eq!((here.len(), there.len()), (1, elsewhere), "{}: {here:?} {there:?}", event.name);

        let seen = seen.borrow();
        let told: Vec<&Seen> = seen.iter().filter(|seen| seen.name == event.name).collect();
        assert_eq!(told.len(), 1 + elsewhere, "{}", event.name);
        for seen in told {
            assert!(!seen.locked, "{}: told under the lock", event.name);
            let changes = !matches!(event.name, "signInFailed" | "storageDegraded");
            assert_eq!(seen.stored != before, changes, "{}: told when it is stored, and not before", event.name);
            assert_eq!(seen.stored.is_empty(), event.name == "signedOut", "{}", event.name);
        }
    }
}

/// Set, the test writes the files anew.
const WRITE: &str = "KEYWARD_WRITE_EVENTS";

#[test]
fn f8_the_package_and_the_documentation_have_the_one_list() {
    let names: Vec<String> = EVENTS.iter().map(|event| format!("  \"{}\",\n", event.name)).collect();
    let script = format!(
        "// Made from the list in src/session/event.rs, and checked against it: see docs/events.md.\n\n\
         export const EVENTS = [\n{}];\n",
        names.concat()
    );
    let rows = EVENTS.iter().map(|event| {
        let members: Vec<String> = event.members.iter().map(|member| format!("`{member}`")).collect();
        format!("| `{}` | {} | {} |\n", event.name, event.when, members.join(", "))
    });
    let page = format!("{}{}{}", BEFORE_THE_TABLE, rows.collect::<String>(), AFTER_THE_TABLE);
    // Cargo runs tests in the package's folder.
    for (file, expected) in [("pkg/events.js", &script), ("docs/events.md", &page)] {
        if std::env::var_os(WRITE).is_some() {
            fs::write(file, expected).unwrap();
        }
        let found = fs::read_to_string(file).unwrap_or_default();
        assert_eq!(found, *expected, "{file} is not what the list says: run the test with {WRITE}=1");
    }

    // What is written by hand names each of them, and no other.
    let types = fs::read_to_string("pkg/index.d.ts").unwrap();
    let (_, types) = types.split_once("export interface AuthEvents {\n").unwrap();
    let (types, _) = types.split_once("\n}\n").unwrap();
    let typed = types.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let typed: Vec<(&str, Vec<&str>)> = typed.map(members_of).collect();
    let listed: Vec<(&str, Vec<&str>)> = EVENTS.iter().map(|event| (event.name, event.members.to_vec())).collect();
    assert_eq!(typed, listed, "pkg/index.d.ts");
    let demo = fs::read_to_string("www/demo/events.js").unwrap();
    let (_, demo) = demo.split_once("const EVENT_TYPES = [").unwrap();
    let demo: Vec<&str> = demo.split_once(']').unwrap().0.split('"').skip(1).step_by(2).collect();
    assert_eq!(demo, EVENTS.map(|event| event.name), "www/demo/events.js");
}

/// Of a line such as `  name: { member: type; other: type };`.
fn members_of(line: &str) -> (&str, Vec<&str>) {
    let (name, members) = line.trim().split_once(": {").unwrap();
    let members = members.trim_end_matches("};").split(';').filter_map(|member| member.split_once(':'));
    (name, members.map(|(member, _)| member.trim()).collect())
}

const BEFORE_THE_TABLE: &str = "# Events

`auth.on(type, listener)` tells what happens to sessions and returns the function that ends it; in Rust
`client.on_event(listener)` tells all of them. An event comes once per change in every tab that it concerns, after the
change is stored and never while the refresh lock is held. `auth.state` is the new state already. What happens while
`init` runs, such as the end of a sign-in, is told right after it: subscribe as soon as `init` resolves.

| event | when | its object has |
|---|---|---|
";

const AFTER_THE_TABLE: &str = "
`origin` is `local` where the change was made, `other_context` in other tabs, workers and windows. `session` is a
`Session` as in the state, `error` an `AuthError`.

A listener may call back into the SDK, subscribe or unsubscribe. One that throws is reported as an uncaught exception of
its own; the others are called all the same.

An app that shows who is signed in needs no events: `auth.subscribe` tells of every new state. Events are for what
happened: a line in a log, a notice, a row in a database.

This page is made from the list in `src/session/event.rs`; a test compares both, and proves that each event is told.
";
