//! What ends a session, and what does not yet.

use super::*;
use crate::protocol::error::OAuthError;

/// The provider's refusal with that OAuth error, minutes before [`NOW`] and while the token was valid, and now again.
fn refused(first: Millis, error: &str, record: Record) -> (Refresh, Step) {
    let retry = schedule::pause_after_refusal(None, ErrorCode::TokenEndpoint, 0, first);
    let stored = Record { retry: Some(retry), ..record };
    let (mut machine, step) = after_reading(&Rc::new(stored.clone()), Need::default(), Some(stored));
    assert!(matches!(step, Step::Write(_)), "{step:?}");
    machine.handle(Input::Written(Write::Done), NOW, JITTER);
    let step = machine.handle(Input::Answered(Err(refusal(error))), NOW, JITTER);
    (machine, step)
}

fn refusal(error: &str) -> Failure {
    let mut failure = failure(FailureKind::Refused, ErrorCode::TokenEndpoint);
    failure.error.oauth = Some(Box::new(OAuthError::inert(error, None, None, Some(400))));
    failure
}

/// Good for so much longer than now.
fn with_token(left: Millis) -> Record {
    let access = crate::session::record::Access { expires_at: Some(NOW + left), ..access() };
    Record { access: Some(access), ..healthy() }
}

#[test]
fn c4_a_first_refusal_pauses_the_session_and_is_told() {
    let (mut machine, _) = after_marking();
    let step = machine.handle(Input::Answered(Err(refusal("invalid_client"))), NOW, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    let retry = record.retry.unwrap();
    assert_eq!((retry.code, retry.refused_since, &record.ended), (ErrorCode::TokenEndpoint, Some(NOW), &None));
    let Outcome::Failed(kept, error) = done(machine.handle(Input::Written(Write::Done), NOW, JITTER)) else { panic!() };
    assert_eq!(error.oauth.as_ref().map(|oauth| &*oauth.error), Some("invalid_client"));
    // Within the pause, nobody else asks.
    let (mut machine, step) = Refresh::begin(&kept, Need::default(), LEASE);
    assert!(matches!(step, Step::Lock));
    machine.handle(Input::Locked, NOW + 119_000, JITTER);
    let step = machine.handle(Input::Read(Some(kept)), NOW + 119_000, JITTER);
    assert!(matches!(done(step), Outcome::Failed(_, error) if error.code == ErrorCode::TokenEndpoint));
}

#[test]
fn c4_a_refusal_minutes_later_ends_a_session_that_has_no_token_left() {
    let (mut machine, step) = refused(NOW - 200_000, "invalid_request", healthy());
    assert!(matches!(step, Step::Read), "the store is looked at first: {step:?}");
    let step = machine.handle(Input::Read(Some(Rc::new(healthy()))), NOW, JITTER);
    let Step::Write(record) = step else { panic!("{step:?}") };
    let cause = record.ended.as_ref().unwrap();
    let said = cause.oauth.as_ref().map(|oauth| (oauth.error.as_str(), oauth.status));
    assert_eq!((cause.code, said), (ErrorCode::TokenEndpoint, Some(("invalid_request", Some(400)))));
    let outcome = done(machine.handle(Input::Written(Write::Done), NOW, JITTER));
    let told = outcome.conclude(false).result.unwrap_err();
    assert_eq!(told.code, ErrorCode::ReauthRequired);
    assert!(told.oauth.is_some() && told.message.ends_with("sign in again"), "{told}");
}

#[test]
fn c4_who_has_a_token_left_or_was_refused_just_now_stays_signed_in() {
    let kept = |step: Step| matches!(step, Step::Write(record) if record.ended.is_none() && record.retry.is_some());
    let (_, step) = refused(NOW - 500_000, "invalid_client", with_token(1_000));
    assert!(kept(step), "it is handed out to its end");
    let unknown = Record {
        access: healthy().access.map(|it| crate::session::record::Access { expires_at: None, ..it }),
        ..healthy()
    };
    assert!(kept(refused(NOW - 500_000, "invalid_client", unknown).1), "it does not expire");
    // A storage that had no room for the token: memory has it.
    let (known, slim) = (with_token(1_000), with_token(1_000).slim());
    let retry = Some(schedule::pause_after_refusal(None, ErrorCode::TokenEndpoint, 0, NOW - 500_000));
    let (mut machine, _) = after_reading(&Rc::new(known), Need::default(), Some(Record { retry, ..slim }));
    machine.handle(Input::Written(Write::Done), NOW, JITTER);
    assert!(kept(machine.handle(Input::Answered(Err(refusal("invalid_client"))), NOW, JITTER)));
}

#[test]
fn c4_what_is_wrong_with_a_target_says_nothing_about_the_session() {
    let retry = schedule::pause_after_refusal(None, ErrorCode::TokenEndpoint, 0, NOW - 500_000);
    let stored = Record { retry: Some(retry), ..healthy() };
    let target = Target { resource: Some("https://api.example".to_owned()), scope: None };
    let (machine, _) = Refresh::begin(&Rc::new(stored.clone()), Need::default(), LEASE);
    let mut machine = machine.aimed_at(Some(Rc::new(target)));
    machine.handle(Input::Locked, NOW, JITTER);
    machine.handle(Input::Read(Some(Rc::new(stored))), NOW, JITTER);
    machine.handle(Input::Written(Write::Done), NOW, JITTER);
    let step = machine.handle(Input::Answered(Err(refusal("invalid_target"))), NOW, JITTER);
    assert!(matches!(step, Step::Write(record) if record.ended.is_none() && record.retry == Some(retry)));
}

#[test]
fn d4_what_this_client_refused_is_not_said_to_be_the_providers_doing() {
    let (mut machine, _) = after_marking();
    let error = Error::new(ErrorCode::InvalidIdToken, "`iss` is another one");
    let over = Failure { kind: FailureKind::SessionEnded, error };
    machine.handle(Input::Answered(Err(over)), NOW, JITTER);
    machine.handle(Input::Read(Some(expired())), NOW, JITTER);
    let outcome = done(machine.handle(Input::Written(Write::Done), NOW, JITTER));
    let Outcome::Ended(record) = &outcome else { panic!("{outcome:?}") };
    let cause = record.ended.as_ref().map(|cause| (cause.code, cause.message.to_string()));
    let reason = "the refreshed ID token was refused: `iss` is another one";
    assert_eq!(cause, Some((ErrorCode::InvalidIdToken, reason.to_owned())));
    let told = outcome.conclude(false).result.unwrap_err();
    assert_eq!((told.code, &*told.message), (ErrorCode::ReauthRequired, &*[reason, ": sign in again"].concat()));
}

#[test]
fn e1_a_session_whose_time_is_over_ends_without_a_request() {
    let over = || Record { session_expiry: Some(NOW), ..with_token(60_000) };
    let (mut machine, step) = after_reading(&Rc::new(over()), Need::default(), Some(over()));
    let Step::Write(record) = step else { panic!("{step:?}") };
    let cause = record.ended.as_ref().unwrap();
    assert_eq!(cause.code, ErrorCode::ReauthRequired);
    assert!(cause.message.contains("session_expiry"), "{cause}");
    let outcome = done(machine.handle(Input::Written(Write::Failed), NOW, JITTER));
    assert_eq!(outcome.conclude(false).result.map_err(|error| error.code), Err(ErrorCode::ReauthRequired));
    // Nor is what another context has got adopted.
    let (_, step) = after_reading(&expired(), Need::default(), Some(Record { session_expiry: Some(NOW), ..newer() }));
    assert!(matches!(step, Step::Write(record) if record.ended.is_some()));
    let (machine, _) = Refresh::begin(&expired(), Need::default(), LEASE);
    assert!(!machine.is_satisfied_by(&Record { session_expiry: Some(NOW), ..newer() }, NOW));
    // A storage that cannot be read changes nothing of it.
    let (mut machine, _) = Refresh::begin(&Rc::new(over()), Need::default(), LEASE);
    machine.handle(Input::Locked, NOW, JITTER);
    let step = machine.handle(Input::Unreadable, NOW, JITTER);
    assert!(matches!(step, Step::Write(record) if record.ended.is_some()));
    // A moment before, it goes on; but nothing is sent when that moment is over.
    let soon = Record { session_expiry: Some(NOW + 10), ..healthy() };
    let (_, step) = after_reading(&expired(), Need::default(), Some(soon));
    let Step::Write(marked) = step else { panic!("{step:?}") };
    let may = |now| crate::session::flight::may_present(&marked, None, now);
    assert!(may(NOW + 9) && !may(NOW + 10));
}
