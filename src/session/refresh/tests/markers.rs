//! Attempts of others: what a context does that finds a marker, with the lock and without.

use super::*;

/// What another context without a lock is about to do, or was.
fn marked_by_another(at: Millis) -> Record {
    Record { attempted_at: Some(at), ..healthy() }
}

/// A machine without a lock that has read that.
fn without_lock(stored: Record) -> (Refresh, Step) {
    let (mut machine, _) = Refresh::begin(&expired(), Need::default(), LEASE);
    assert!(matches!(machine.handle(Input::Unlocked, NOW, JITTER), Step::Read));
    let step = machine.handle(Input::Read(Some(Rc::new(stored))), NOW, JITTER);
    (machine, step)
}

#[test]
fn e2_without_a_lock_a_fresh_marker_is_waited_for_and_an_old_one_is_not() {
    for (marked_at, wait) in [(NOW - 1, LEASE - 1), (NOW - LEASE + 1, 1), (NOW, LEASE), (NOW + 5_000, LEASE)] {
        let (_, step) = without_lock(marked_by_another(marked_at));
        assert!(matches!(step, Step::Wait(duration) if duration == wait), "{marked_at}: {step:?}");
    }
    for marked_at in [NOW - LEASE, NOW - 10 * LEASE, NOW + LEASE + 1] {
        let (_, step) = without_lock(marked_by_another(marked_at));
        assert!(matches!(step, Step::Write(_)), "{marked_at}: {step:?}");
    }
    let failed = Retry { failures: 1, since: NOW - 500, at: NOW - 1, code: ErrorCode::Network, refused_since: None };
    let (_, step) = without_lock(Record { retry: Some(failed), ..marked_by_another(NOW - 1_000) });
    assert!(matches!(step, Step::Write(_)), "that attempt has come to its end: {step:?}");
    let (_, step) = after_reading(&expired(), Need::default(), Some(marked_by_another(NOW - 1)));
    assert!(matches!(step, Step::Write(_)), "under the lock nobody else is alive: {step:?}");
}

#[test]
fn e2_a_storage_that_could_not_be_read_here_says_nothing_about_the_attempt_of_another() {
    let (mut machine, _) = Refresh::begin(&expired(), Need::default(), LEASE);
    machine.handle(Input::Unlocked, NOW, JITTER);
    let Outcome::Failed(known, _) = done(machine.handle(Input::Unreadable, NOW, JITTER)) else { panic!() };
    let later = known.retry.unwrap().at;
    let (mut machine, _) = Refresh::begin(&known, Need::default(), LEASE);
    machine.handle(Input::Unlocked, later, JITTER);
    let step = machine.handle(Input::Read(Some(Rc::new(marked_by_another(NOW)))), later, JITTER);
    assert!(matches!(step, Step::Wait(_)), "it is under way: {step:?}");
}

#[test]
fn e3_an_attempt_of_its_own_that_failed_is_not_waited_for_though_that_could_not_be_stored() {
    let (mut machine, step) = without_lock(healthy());
    let Step::Write(marked) = step else { panic!("{step:?}") };
    machine.handle(Input::Written(Write::Done), NOW, JITTER);
    let failed = failure(FailureKind::Transient { retry_after: None }, ErrorCode::Network);
    machine.handle(Input::Answered(Err(failed)), NOW + 10, JITTER);
    let step = machine.handle(Input::Written(Write::Failed), NOW + 10, JITTER);
    let Outcome::Failed(known, _) = done(step) else { panic!() };
    let later = known.retry.unwrap().at;
    let (mut machine, _) = Refresh::begin(&known, Need::default(), LEASE);
    machine.handle(Input::Unlocked, later, JITTER);
    let step = machine.handle(Input::Read(Some(marked)), later, JITTER);
    assert!(matches!(step, Step::Write(_)), "{step:?}");
}

#[test]
fn e2_of_two_that_write_a_marker_in_the_same_millisecond_as_the_one_before_only_one_succeeds() {
    let failed = Retry { failures: 1, since: NOW, at: NOW, code: ErrorCode::Network, refused_since: None };
    let stored = Record { retry: Some(failed), ..marked_by_another(NOW) };
    let (_, step) = without_lock(stored.clone());
    let Step::Write(marked) = step else { panic!("{step:?}") };
    assert_ne!(marked.attempted_at, stored.attempted_at, "compare-and-set to the same changes nothing");
}

#[test]
fn e3_a_marker_is_waited_for_once_and_what_came_of_it_is_adopted() {
    let (mut machine, _) = without_lock(marked_by_another(NOW - 1));
    assert!(matches!(machine.handle(Input::Changed, NOW + 10, JITTER), Step::Read));
    let step = machine.handle(Input::Read(Some(Rc::new(newer()))), NOW + 10, JITTER);
    assert!(matches!(done(step), Outcome::Adopted(_)));

    let (mut machine, _) = without_lock(marked_by_another(NOW - 1));
    machine.handle(Input::Waited, NOW - 3_600_000, JITTER);
    let step = machine.handle(Input::Read(Some(Rc::new(marked_by_another(NOW - 1)))), NOW - 1, JITTER);
    assert!(matches!(step, Step::Write(_)), "wherever the clock was turned meanwhile: {step:?}");

    let (mut machine, _) = without_lock(marked_by_another(NOW - 1));
    machine.handle(Input::Waited, NOW + LEASE, JITTER);
    let step = machine.handle(Input::Read(Some(Rc::new(marked_by_another(NOW + LEASE - 5)))), NOW + LEASE, JITTER);
    assert!(matches!(step, Step::Wait(_)), "another attempt has begun: {step:?}");
}

#[test]
fn e2_a_conflict_under_the_lock_means_that_somebody_acts_without_it() {
    let (mut machine, _) = after_reading(&expired(), Need::default(), Some(healthy()));
    assert!(matches!(machine.handle(Input::Written(Write::Conflict), NOW, JITTER), Step::Read));
    let step = machine.handle(Input::Read(Some(Rc::new(marked_by_another(NOW - 5)))), NOW, JITTER);
    assert!(matches!(step, Step::Wait(_)), "{step:?}");
}

#[test]
fn e3_a_lock_that_was_lost_before_the_request_is_waited_for_again() {
    let (mut machine, _) = after_reading(&expired(), Need::default(), Some(healthy()));
    assert!(machine.depends_on_lock());
    assert!(matches!(machine.handle(Input::LockLost, NOW, JITTER), Step::Lock));
    let (mut machine, _) = after_marking();
    assert!(machine.depends_on_lock());
    assert!(matches!(machine.handle(Input::LockLost, NOW, JITTER), Step::Lock));
    assert!(!machine.depends_on_lock());
    machine.handle(Input::Locked, NOW, JITTER);
    let step = machine.handle(Input::Read(Some(Rc::new(newer()))), NOW, JITTER);
    assert!(matches!(done(step), Outcome::Adopted(_)), "others have gone on meanwhile");
    let (mut machine, _) = after_marking();
    machine.handle(granted(None, NOW + 100), NOW + 100, JITTER);
    assert!(!machine.depends_on_lock(), "after the answer it is compare-and-set that counts");
}

#[test]
fn e3_a_marker_that_was_written_before_a_suspension_is_looked_at_again() {
    let (mut machine, step) = after_reading(&expired(), Need::default(), Some(healthy()));
    assert!(matches!(step, Step::Write(_)));
    let late = NOW + STALE_MARKER + 1;
    assert!(matches!(machine.handle(Input::Written(Write::Done), late, JITTER), Step::Read));
    let step = machine.handle(Input::Read(Some(Rc::new(newer()))), late, JITTER);
    assert!(matches!(done(step), Outcome::Adopted(_)), "another context has gone on without the lock");
}

#[test]
fn e2_a_marker_that_was_written_without_the_lock_is_waited_for_under_it() {
    let without = Record { unlocked: true, ..marked_by_another(NOW - 1_000) };
    let (mut machine, step) = after_reading(&expired(), Need::default(), Some(without.clone()));
    assert!(matches!(step, Step::Wait(_)), "whoever wrote it has lost patience, and lives: {step:?}");
    machine.handle(Input::Waited, NOW + LEASE, JITTER);
    let step = machine.handle(Input::Read(Some(Rc::new(without))), NOW + LEASE, JITTER);
    let Step::Write(marked) = step else { panic!("but not for ever: {step:?}") };
    assert!(!marked.unlocked, "this attempt has the lock");
    let (_, step) = without_lock(healthy());
    assert!(matches!(step, Step::Write(marked) if marked.unlocked));
}

#[test]
fn e2_without_a_lock_a_marker_that_cannot_be_written_is_looked_for_again() {
    let (mut machine, step) = without_lock(healthy());
    assert!(matches!(step, Step::Write(_)));
    assert!(matches!(machine.handle(Input::Written(Write::Failed), NOW, JITTER), Step::Read));
    let step = machine.handle(Input::Read(Some(Rc::new(marked_by_another(NOW)))), NOW, JITTER);
    assert!(matches!(step, Step::Wait(_)), "another context was faster: {step:?}");

    let (mut machine, mut step) = without_lock(healthy());
    for _ in 0..MOST_CONFLICTS {
        assert!(matches!(step, Step::Write(_)));
        machine.handle(Input::Written(Write::Failed), NOW, JITTER);
        step = machine.handle(Input::Read(Some(Rc::new(healthy()))), NOW, JITTER);
    }
    assert!(matches!(machine.handle(Input::Written(Write::Failed), NOW, JITTER), Step::Request(_)), "a full storage");
}

#[test]
fn e3_nothing_is_presented_with_a_marker_of_before_a_suspension() {
    let (_, marked) = after_marking();
    let may = |known: &Record, now| crate::session::flight::may_present(&marked, Some(known), now);
    assert!(may(&healthy(), NOW + STALE_MARKER));
    assert!(!may(&healthy(), NOW + STALE_MARKER + 1), "others may have gone on");
    assert!(!may(&newer(), NOW), "they have");
    let earlier = Record { grant_id: "grant-0".to_owned(), ..healthy() };
    assert!(
        may(&earlier, NOW),
        "a sign-in in another tab, of which this one has not heard: it would begin again for ever"
    );
}
