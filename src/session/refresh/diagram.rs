//! The state diagrams in `docs/what-ends-a-session.md` are drawn by the machine itself: every state that it can reach is
//! given everything that can come of its step.

use super::*;
use crate::session::event::{self, Event, Origin, SignedOutReason};
use crate::session::testing::{LIFETIME, OBTAINED, healthy, response};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const DOCS: &str = include_str!("../../../docs/what-ends-a-session.md");
const NOW: Millis = OBTAINED + LIFETIME + 1_000;
const LEASE: Millis = 30_000;

/// From, to, and what leads there.
type Edges = BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>>;

fn text(edges: &Edges, begin: &str, ends: &[&str]) -> String {
    let arrow = |from: &str, to: &str| ["    ", from, " --> ", to].concat();
    let mut lines = vec!["stateDiagram-v2".to_owned(), arrow("[*]", begin)];
    for ((from, to), causes) in edges {
        let causes: Vec<&str> = causes.iter().copied().collect();
        lines.push([&*arrow(from, to), ": ", &causes.join(", ")].concat());
    }
    lines.extend(ends.iter().map(|end| arrow(end, "[*]")));
    lines.join("\n")
}

fn must_be_in_the_docs(diagram: &str) {
    assert!(DOCS.contains(diagram), "docs/what-ends-a-session.md does not have this diagram:\n{diagram}");
}

fn name(state: &State, step: &Step) -> &'static str {
    match (state, step) {
        (_, Step::Done(Outcome::Adopted(_))) => "Adopted",
        (_, Step::Done(Outcome::Refreshed(_))) => "Refreshed",
        (_, Step::Done(Outcome::Unstored(_))) => "Unstored",
        (_, Step::Done(Outcome::Superseded(..))) => "Superseded",
        (_, Step::Done(Outcome::Ended(_))) => "Ended",
        (_, Step::Done(Outcome::Failed(..))) => "Failed",
        (State::Locking, _) => "Locking",
        (State::Reading { .. }, _) => "Reading",
        (State::Waiting { .. }, _) => "Waiting",
        (State::Marking { .. }, _) => "Marking",
        (State::Requesting { .. }, _) => "Requesting",
        (State::Storing { .. }, _) => "Storing",
        (State::StoringSlim { .. }, _) => "StoringSlim",
        (State::CheckingEnd { .. }, _) => "CheckingEnd",
        (State::StoringEnd { .. }, _) => "StoringEnd",
        (State::StoringRetry { .. }, _) => "StoringRetry",
        (State::ReadingAfterConflict { .. }, _) => "ReadingAfterConflict",
        (State::Finished, _) => "Finished",
    }
}

/// Everything that can come of a step; `begins` before the request.
fn inputs(step: &Step, begins: bool) -> Vec<(&'static str, Input)> {
    let read = |record: Record| Input::Read(Some(Rc::new(record)));
    let newer = || {
        let mut record = Record { generation: 4, ..healthy() };
        record.access = record.access.map(|access| crate::session::record::Access {
            obtained_at: NOW - 1,
            expires_at: Some(NOW + LIFETIME),
            ..access
        });
        record
    };
    let failure = |kind, code| Input::Answered(Err(Failure { kind, error: Error::new(code, "it failed") }));
    let granted = || Granted { response: response("fresh"), claims: None, received_at: NOW };
    let mut inputs = match step {
        Step::Lock => vec![("lock held", Input::Locked), ("no lock", Input::Unlocked)],
        Step::Wait(_) => vec![("record changed", Input::Changed), ("wait over", Input::Waited)],
        Step::Read => {
            let over = Some(Error::new(ErrorCode::TokenEndpoint, "over"));
            let retry =
                Retry { failures: 1, since: NOW - 1, at: NOW + 1_000, code: ErrorCode::Network, refused_since: None };
            let mut inputs = vec![
                ("the same tokens", read(healthy())),
                ("newer tokens", read(newer())),
                ("another sign-in", read(Record { grant_id: "grant-2".to_owned(), generation: 1, ..newer() })),
                ("session over", read(Record { ended: over, ..healthy() })),
                ("no session", Input::Read(None)),
                ("unreadable", Input::Unreadable),
            ];
            if begins {
                let refused = schedule::pause_after_refusal(None, ErrorCode::TokenEndpoint, 0, NOW - 500_000);
                inputs.extend([
                    ("the same tokens", read(Record { retry: Some(refused), ..healthy() })),
                    ("time is over", read(Record { session_expiry: Some(NOW), ..healthy() })),
                    ("no refresh token", read(Record { refresh_token: None, ..healthy() })),
                    ("back-off lasts", read(Record { retry: Some(retry), ..healthy() })),
                    ("fresh mark of another", read(Record { attempted_at: Some(NOW - 7), ..healthy() })),
                ]);
            }
            inputs
        }
        Step::Write(_) => vec![
            ("stored", Input::Written(Write::Done)),
            ("changed by another", Input::Written(Write::Conflict)),
            ("cannot be stored", Input::Written(Write::Failed)),
        ],
        Step::Request(_) => vec![
            ("new tokens", Input::Answered(Ok(granted()))),
            ("passing failure", failure(FailureKind::Transient { retry_after: None }, ErrorCode::Network)),
            ("refusal", failure(FailureKind::Refused, ErrorCode::TokenEndpoint)),
            ("grant or ID token refused", failure(FailureKind::SessionEnded, ErrorCode::TokenEndpoint)),
            ("page is left", Input::Abandoned),
        ],
        Step::Done(_) => Vec::new(),
    };
    if begins {
        inputs.push(("lock lost", Input::LockLost));
    }
    inputs
}

/// Every edge that the machine has.
fn explored() -> Edges {
    let mut edges = Edges::new();
    let mut seen: Vec<(Refresh, String)> = Vec::new();
    let mut open = VecDeque::from([Refresh::begin(&Rc::new(healthy()), Need::default(), LEASE)]);
    while let Some((machine, step)) = open.pop_front() {
        let from = name(&machine.state, &step);
        for (cause, input) in inputs(&step, machine.depends_on_lock()) {
            let mut next = machine.clone();
            let step = next.handle(input, NOW, 100);
            let to = name(&next.state, &step);
            edges.entry((from, to)).or_default().insert(cause);
            let moment = (next.clone(), format!("{step:?}"));
            if !seen.contains(&moment) {
                seen.push(moment);
                open.push_back((next, step));
            }
        }
    }
    edges
}

#[test]
fn the_docs_show_the_machine_as_it_is() {
    let ends = ["Adopted", "Ended", "Failed", "Refreshed", "Superseded", "Unstored"];
    let edges = explored();
    let states: BTreeSet<&str> = edges.keys().flat_map(|(from, to)| [*from, *to]).collect();
    assert!(!states.contains("Finished") && ends.iter().all(|end| states.contains(end)), "{states:?}");
    assert_eq!(states.len(), 17, "every state is reached: {states:?}");
    must_be_in_the_docs(&text(&edges, "Locking", &ends));
}

#[test]
fn the_docs_show_a_session_as_its_events_do() {
    let over = Some(Error::new(ErrorCode::TokenEndpoint, "over"));
    let retry = Some(Retry { failures: 1, since: NOW, at: NOW + 1_000, code: ErrorCode::Network, refused_since: None });
    let records = [
        None,
        Some(healthy()),
        Some(Record { generation: 4, ..healthy() }),
        Some(Record { retry, ..healthy() }),
        Some(Record { ended: over, ..healthy() }),
        Some(Record { grant_id: "grant-2".to_owned(), ..healthy() }),
    ];
    let status = |record: &Option<Record>| match record {
        None => "signed_out",
        Some(record) if record.ended.is_some() => "reauth_required",
        Some(_) => "signed_in",
    };
    let mut edges = Edges::new();
    for (old, new) in records.iter().flat_map(|old| records.iter().map(move |new| (old, new))) {
        let [before, after] = [old, new].map(|record| record.clone().map(Rc::new));
        let event = event::transition(before.as_ref(), after.as_ref(), Origin::Local, SignedOutReason::User);
        let cause = match event {
            Some(Event::SignedIn(..)) => "signedIn",
            Some(Event::SignedOut(..)) => "signedOut",
            Some(Event::TokenRefreshed(..)) => "tokenRefreshed",
            Some(Event::RefreshFailed(..)) => "refreshFailed",
            Some(Event::ReauthRequired(..)) => "reauthRequired",
            _ => continue,
        };
        let within_grant = matches!((old, new), (Some(old), Some(new)) if old.grant_id == new.grant_id);
        // What is over is presented to nobody, so nothing but a sign-in mends it; and no sign-in begins at its end.
        let possible = match (status(old), status(new)) {
            ("reauth_required", "signed_in") => !within_grant,
            (_, "reauth_required") => within_grant,
            _ => true,
        };
        if possible {
            edges.entry((status(old), status(new))).or_default().insert(cause);
        }
    }
    must_be_in_the_docs(&text(&edges, "signed_out", &[]));
}
