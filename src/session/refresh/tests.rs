use super::*;
use crate::protocol::json::Json;
use crate::protocol::token::TokenResponse;
use crate::session::testing::{LIFETIME, OBTAINED, access, claims, healthy, response};

mod ends;
mod markers;

/// The access token of [`healthy`] has expired.
const NOW: Millis = OBTAINED + LIFETIME + 1_000;
const JITTER: Jitter = 100;
const LEASE: Millis = 30_000;

fn expired() -> Rc<Record> {
    Rc::new(healthy())
}

/// Another context's refresh, a second ago.
fn newer() -> Record {
    let access = crate::session::record::Access {
        token: "another-access-token".into(),
        obtained_at: NOW - 1_000,
        expires_at: Some(NOW - 1_000 + LIFETIME),
        ..access()
    };
    Record { generation: 4, access: Some(access), refresh_token: Some("another".to_owned()), ..healthy() }
}

fn rotated() -> Box<TokenResponse> {
    Box::new(TokenResponse { refresh_token: Some("rotated".to_owned()), ..*response("fresh") })
}

fn granted(claims: Option<Json>, received_at: Millis) -> Input {
    Input::Answered(Ok(Granted { response: rotated(), claims, received_at }))
}

fn failure(kind: FailureKind, code: ErrorCode) -> Failure {
    Failure { kind, error: Error::new(code, "it failed") }
}

/// A machine that holds the lock and has read that.
fn after_reading(known: &Rc<Record>, need: Need, stored: Option<Record>) -> (Refresh, Step) {
    let (mut machine, step) = Refresh::begin(known, need, LEASE);
    assert!(matches!(step, Step::Lock));
    assert!(matches!(machine.handle(Input::Locked, NOW, JITTER), Step::Read));
    let step = machine.handle(Input::Read(stored.map(Rc::new)), NOW, JITTER);
    (machine, step)
}

/// A machine that has presented the refresh token.
fn after_marking() -> (Refresh, Rc<Record>) {
    let (mut machine, step) = after_reading(&expired(), Need::default(), Some(healthy()));
    let Step::Write(marked) = step else { panic!("{step:?}") };
    assert_eq!((marked.attempted_at, marked.generation), (Some(NOW), 3));
    let step = machine.handle(Input::Written(Write::Done), NOW + 5, JITTER);
    let Step::Request(presented) = step else { panic!("{step:?}") };
    assert_eq!(presented.refresh_token.as_deref(), Some("the-refresh-token"));
    (machine, presented)
}

fn done(step: Step) -> Outcome {
    if let Step::Done(outcome) = step { outcome } else { panic!("{step:?}") }
}

#[test]
fn new_tokens_are_stored_before_anybody_hears_of_them() {
    let (mut machine, _) = after_marking();
    let step = machine.handle(granted(Some(claims("alice")), NOW + 900), NOW + 900, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    assert_eq!((record.generation, record.refresh_token.as_deref()), (4, Some("rotated")));
    assert_eq!((record.attempted_at, record.retry), (None, None));
    let stored = done(machine.handle(Input::Written(Write::Done), NOW + 905, JITTER));
    assert!(matches!(stored, Outcome::Refreshed(refreshed) if refreshed == record));
}

#[test]
fn e10_a_lifetime_begins_with_the_arrival_not_with_a_late_look_at_the_answer() {
    let (mut machine, _) = after_marking();
    let arrived_at = NOW + 8_000;
    let step = machine.handle(granted(None, arrived_at), arrived_at + LIFETIME, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    assert!(record.valid_access(arrived_at + LIFETIME - 1).is_some());
    assert!(record.valid_access(arrived_at + LIFETIME).is_none());
}

#[test]
fn what_another_context_got_is_adopted_without_a_request() {
    let (_, step) = after_reading(&expired(), Need::default(), Some(newer()));
    assert!(matches!(done(step), Outcome::Adopted(record) if *record == newer()));
    let (_, step) = after_reading(&expired(), Need { validity: LIFETIME, impatient: false }, Some(newer()));
    assert!(matches!(step, Step::Write(_)), "but not if it is not valid for as long as was asked");
}

#[test]
fn a_token_that_expired_on_arrival_a_moment_ago_is_not_asked_for_again() {
    let mut spent = newer();
    spent.access =
        spent.access.map(|access| crate::session::record::Access { expires_at: Some(access.obtained_at), ..access });
    let (_, step) = after_reading(&expired(), Need::default(), Some(spent));
    assert!(matches!(done(step), Outcome::Adopted(_)));
}

#[test]
fn what_is_known_already_is_not_adopted() {
    let known = Rc::new(newer());
    let (_, step) = after_reading(&known, Need::default(), Some(newer()));
    assert!(matches!(step, Step::Write(_)), "somebody asked for a newer one than this");
}

#[test]
fn signed_out_ended_and_without_a_refresh_token_nothing_is_asked_for() {
    let (_, step) = after_reading(&expired(), Need::default(), None);
    assert!(matches!(done(step), Outcome::Superseded(None, None)));
    let over = Record { ended: Some(Error::new(ErrorCode::TokenEndpoint, "over")), ..healthy() };
    let (_, step) = after_reading(&expired(), Need::default(), Some(over));
    assert!(matches!(done(step), Outcome::Ended(_)));
    let without = Record { refresh_token: None, ..healthy() };
    let (_, step) = after_reading(&expired(), Need::default(), Some(without));
    assert!(matches!(done(step), Outcome::Failed(_, error) if error.code == ErrorCode::NoRefreshToken));
}

#[test]
fn a_back_off_holds_for_all_but_who_was_told_that_the_network_is_back() {
    let retry =
        Retry { failures: 2, since: NOW - 1_000, at: NOW + 5_000, code: ErrorCode::Network, refused_since: None };
    let failed = Record { retry: Some(retry), ..healthy() };
    let impatient = Need { validity: 0, impatient: true };
    let (_, step) = after_reading(&Rc::new(failed.clone()), Need::default(), Some(failed.clone()));
    assert!(matches!(done(step), Outcome::Failed(_, error) if error.code == ErrorCode::Network));
    let (_, step) = after_reading(&Rc::new(failed.clone()), impatient, Some(failed.clone()));
    assert!(matches!(step, Step::Write(_)));
    let tried_since = Record { retry: Some(Retry { failures: 3, ..retry }), ..healthy() };
    let (_, step) = after_reading(&Rc::new(failed), impatient, Some(tried_since));
    assert!(matches!(done(step), Outcome::Failed(..)), "another context has tried since");
}

#[test]
fn failures_that_could_not_be_stored_count_as_well() {
    let retry = Retry { failures: 4, since: NOW - 9_000, at: NOW - 1, code: ErrorCode::Network, refused_since: None };
    let known = Rc::new(Record { retry: Some(retry), ..healthy() });
    let (mut machine, step) = after_reading(&known, Need::default(), Some(healthy()));
    assert!(matches!(step, Step::Write(_)));
    assert!(
        matches!(machine.handle(Input::Written(Write::Failed), NOW, JITTER), Step::Request(_)),
        "without a marker, too"
    );
    let transient = failure(FailureKind::Transient { retry_after: None }, ErrorCode::Network);
    let step = machine.handle(Input::Answered(Err(transient)), NOW, JITTER);
    assert!(matches!(step, Step::Write(record) if record.retry.is_some_and(|retry| retry.failures == 5)));
}

#[test]
fn transient_failures_keep_the_session_and_the_marker() {
    let (mut machine, _) = after_marking();
    let transient = failure(FailureKind::Transient { retry_after: Some(7_000) }, ErrorCode::TemporarilyUnavailable);
    let step = machine.handle(Input::Answered(Err(transient)), NOW + 100, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    let retry = record.retry.unwrap();
    assert!((NOW + 7_100..NOW + 8_200).contains(&retry.at));
    assert_eq!((retry.failures, retry.code), (1, ErrorCode::TemporarilyUnavailable));
    assert_eq!((record.attempted_at, &record.ended), (Some(NOW), &None));
    let outcome = done(machine.handle(Input::Written(Write::Failed), NOW + 105, JITTER));
    assert!(matches!(outcome, Outcome::Failed(kept, _) if kept == record));
}

#[test]
fn the_end_is_looked_at_twice() {
    let over = || Input::Answered(Err(failure(FailureKind::SessionEnded, ErrorCode::TokenEndpoint)));
    let (mut machine, presented) = after_marking();
    assert!(matches!(machine.handle(over(), NOW + 100, JITTER), Step::Read));
    let outcome = done(machine.handle(Input::Read(Some(Rc::new(newer()))), NOW + 105, JITTER));
    assert!(matches!(outcome, Outcome::Adopted(_)), "another context had rotated it");

    let (mut machine, _) = after_marking();
    machine.handle(over(), NOW + 100, JITTER);
    let step = machine.handle(Input::Read(Some(presented)), NOW + 105, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    assert_eq!(record.ended.as_ref().map(|error| error.code), Some(ErrorCode::TokenEndpoint));
    assert_eq!((record.attempted_at, record.retry), (None, None));
    assert!(matches!(done(machine.handle(Input::Written(Write::Done), NOW, JITTER)), Outcome::Ended(_)));

    let (mut machine, _) = after_marking();
    machine.handle(over(), NOW + 100, JITTER);
    let outcome = done(machine.handle(Input::Read(None), NOW + 105, JITTER));
    assert!(matches!(outcome, Outcome::Superseded(None, None)), "signed out in between");
}

/// A machine whose new tokens met another value in the store.
fn after_conflict() -> (Refresh, Rc<Record>) {
    let (mut machine, _) = after_marking();
    let step = machine.handle(granted(None, NOW + 100), NOW + 100, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    assert!(matches!(machine.handle(Input::Written(Write::Conflict), NOW + 105, JITTER), Step::Read));
    (machine, record)
}

#[test]
fn a_late_answer_revives_nothing_and_what_it_brought_is_revoked() {
    let (mut machine, late) = after_conflict();
    let outcome = done(machine.handle(Input::Read(None), NOW + 110, JITTER));
    assert!(matches!(outcome, Outcome::Superseded(None, Some(revoke)) if revoke == late));

    let (mut machine, late) = after_conflict();
    let another = Record { grant_id: "grant-2".to_owned(), generation: 1, ..newer() };
    let outcome = done(machine.handle(Input::Read(Some(Rc::new(another))), NOW + 110, JITTER));
    assert!(matches!(outcome, Outcome::Superseded(Some(_), Some(revoke)) if revoke == late));
}

#[test]
fn e5_a_late_answer_does_not_undo_an_end_and_what_it_brought_is_revoked() {
    let (mut machine, late) = after_conflict();
    let over = Record { ended: Some(Error::new(ErrorCode::TokenEndpoint, "over")), ..healthy() };
    let outcome = done(machine.handle(Input::Read(Some(Rc::new(over))), NOW + 110, JITTER));
    assert!(matches!(outcome, Outcome::Superseded(Some(kept), Some(revoke)) if revoke == late && kept.ended.is_some()));
}

#[test]
fn tokens_of_the_same_grant_are_not_revoked_for_being_late() {
    let (mut machine, _) = after_conflict();
    let outcome = done(machine.handle(Input::Read(Some(Rc::new(newer()))), NOW + 110, JITTER));
    assert!(matches!(outcome, Outcome::Adopted(_)));
    let (mut machine, late) = after_conflict();
    let marked = Record { attempted_at: Some(NOW + 50), ..healthy() };
    let step = machine.handle(Input::Read(Some(Rc::new(marked))), NOW + 110, JITTER);
    assert!(matches!(step, Step::Write(again) if again == late), "a marker alone is no newer generation");
}

#[test]
fn a_full_storage_gets_the_slim_record_and_memory_the_whole_one() {
    let (mut machine, _) = after_marking();
    let step = machine.handle(granted(None, NOW + 100), NOW + 100, JITTER);
    let Step::Write(whole) = step else { panic!("{step:?}") };
    let step = machine.handle(Input::Written(Write::Failed), NOW + 105, JITTER);
    let Step::Write(slim) = step else { panic!("{step:?}") };
    assert_eq!((slim.refresh_token.as_deref(), &slim.access, &slim.id_token), (Some("rotated"), &None, &None));
    for write in [Write::Done, Write::Failed] {
        let (mut machine, _) = after_marking();
        machine.handle(granted(None, NOW + 100), NOW + 100, JITTER);
        machine.handle(Input::Written(Write::Failed), NOW + 105, JITTER);
        let outcome = done(machine.handle(Input::Written(write), NOW + 110, JITTER));
        assert!(matches!(outcome, Outcome::Unstored(kept) if kept == whole), "{write:?}");
    }
}

#[test]
fn a_page_that_is_left_writes_nothing_on_account_of_that() {
    let (mut machine, presented) = after_marking();
    let outcome = done(machine.handle(Input::Abandoned, NOW + 100, JITTER));
    assert!(matches!(outcome, Outcome::Failed(record, error) if record == presented && error.retryable()));
}

#[test]
fn a_storage_that_cannot_be_read_after_a_conflict_signs_nobody_out() {
    let (mut machine, _) = after_marking();
    assert!(matches!(machine.handle(granted(None, NOW), NOW, JITTER), Step::Write(_)));
    assert!(matches!(machine.handle(Input::Written(Write::Conflict), NOW, JITTER), Step::Read));
    let Outcome::Failed(kept, error) = done(machine.handle(Input::Unreadable, NOW, JITTER)) else { panic!() };
    assert_eq!((kept.grant_id(), error.code), ("grant-1", ErrorCode::Storage));
}

#[test]
fn an_unreadable_storage_is_tried_again_later() {
    let (mut machine, _) = Refresh::begin(&expired(), Need::default(), LEASE);
    machine.handle(Input::Locked, NOW, JITTER);
    let outcome = done(machine.handle(Input::Unreadable, NOW, JITTER));
    let Outcome::Failed(record, error) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code, ErrorCode::Storage);
    assert!(record.retry.is_some_and(|retry| retry.at >= NOW + 1_000 && schedule::is_retried(retry.code)));
}

#[test]
fn markers_that_are_written_over_do_not_keep_it_busy_for_ever() {
    let (mut machine, mut step) = after_reading(&expired(), Need::default(), Some(healthy()));
    for _ in 0..=MOST_CONFLICTS {
        assert!(matches!(step, Step::Write(_)), "{step:?}");
        step = machine.handle(Input::Written(Write::Conflict), NOW, JITTER);
        if matches!(step, Step::Read) {
            step = machine.handle(Input::Read(Some(expired())), NOW, JITTER);
        }
    }
    assert!(matches!(done(step), Outcome::Failed(record, _) if record.retry.is_some()));
}

#[test]
fn whoever_waits_for_the_lock_is_satisfied_by_what_turns_up_elsewhere() {
    let (machine, _) = Refresh::begin(&expired(), Need::default(), LEASE);
    assert!(machine.is_satisfied_by(&newer(), NOW));
    assert!(!machine.is_satisfied_by(&healthy(), NOW));
    let over = Record { ended: Some(Error::new(ErrorCode::TokenEndpoint, "over")), ..newer() };
    assert!(machine.is_satisfied_by(&over, NOW));
    let signed_in_again = Record { grant_id: "grant-2".to_owned(), generation: 1, ..newer() };
    assert!(machine.is_satisfied_by(&signed_in_again, NOW));
}
