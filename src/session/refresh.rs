//! One refresh of one session, as a deterministic machine: it says what to do next, and is told what came of it.
//! Whoever drives it holds the lock from [`Step::Lock`] until [`Step::Done`] and does nothing else of its own.
//!
//! Without a lock, the marker that an attempt writes into the record by compare-and-set does its part: whoever finds a
//! fresh one of another context waits for its outcome, but no longer than an attempt can take.

use super::bound::session_expired;
use super::merge;
use super::record::{Record, Retry};
use super::schedule::{self, Jitter};
use super::target::Target;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::token::{Failure, FailureKind};
use alloc::rc::Rc;

mod steps;

pub use steps::{Granted, Input, Need, Outcome, Step, Write};

/// One refresh.
#[cfg_attr(any(test, feature = "sim"), derive(Clone, PartialEq))]
#[derive(Debug)]
pub struct Refresh {
    /// What this context knew when it began: anything newer in the store is adopted.
    known: Rc<Record>,
    need: Need,
    /// What the token is for, if not for what the session's own is.
    target: Option<Rc<Target>>,
    /// How long another context's attempt may take, at most.
    lease: Millis,
    /// Nobody else acts: the lock is held.
    exclusive: bool,
    /// The marker that this refresh has written.
    marked: Option<Millis>,
    /// The marker whose time was waited for in vain.
    outlived: Option<Millis>,
    state: State,
}

#[cfg_attr(any(test, feature = "sim"), derive(Clone, PartialEq))]
#[derive(Debug)]
enum State {
    Locking,
    Reading { conflicts: u8 },
    Waiting { marker: Option<Millis>, conflicts: u8 },
    Marking { record: Rc<Record>, conflicts: u8 },
    Requesting { record: Rc<Record> },
    Storing { record: Rc<Record> },
    StoringSlim { whole: Rc<Record> },
    CheckingEnd { record: Rc<Record>, cause: Error },
    StoringEnd { record: Rc<Record> },
    StoringRetry { record: Rc<Record>, error: Error },
    ReadingAfterConflict { late: Option<Rc<Record>> },
    Finished,
}

/// The marker is written again over what a context without locks wrote in between, but not for ever.
const MOST_CONFLICTS: u8 = 3;
/// A marker that is older when its turn to be followed by the request has come was written before a suspension: others
/// may have acted since.
const STALE_MARKER: Millis = 15_000;

/// Whether the marker of that record is too old to be followed by the request.
pub(super) fn is_stale(record: &Record, now: Millis) -> bool {
    record.attempted_at.is_some_and(|marked_at| now - marked_at > STALE_MARKER)
}

impl Refresh {
    /// Begins a refresh of what this context knows as `known`; the first step is [`Step::Lock`]. An attempt of another
    /// context takes no longer than `lease`.
    pub fn begin(known: &Rc<Record>, need: Need, lease: Millis) -> (Refresh, Step) {
        let known = known.clone();
        let (exclusive, marked, outlived) = (false, None, None);
        (Refresh { known, need, target: None, lease, exclusive, marked, outlived, state: State::Locking }, Step::Lock)
    }

    /// The same for a token for something else than the session's own.
    pub fn aimed_at(self, target: Option<Rc<Target>>) -> Refresh {
        Refresh { target, ..self }
    }

    /// Whether the next step may only be done under the lock, if there is one. After the request it is compare-and-set
    /// alone that keeps a late answer from doing harm.
    pub fn depends_on_lock(&self) -> bool {
        matches!(self.state, State::Reading { .. } | State::Marking { .. } | State::Requesting { .. })
    }

    /// Whether a record that turned up elsewhere is what this refresh is to achieve.
    pub fn is_satisfied_by(&self, record: &Record, now: Millis) -> bool {
        record.differs_from(&self.known.grant_id, self.known.generation)
            && (record.ended.is_some() || self.is_enough(record, now))
    }

    fn is_enough(&self, record: &Record, now: Millis) -> bool {
        let Some(access) = record.access_for(self.target.as_deref()) else { return false };
        // As new as any that could be had, however short its life is: tabs do not outdo each other.
        let newest = (0..schedule::BACKGROUND_FLOOR).contains(&(now - access.obtained_at));
        if self.need.validity == 0 && newest && !record.is_expired(now) {
            return true;
        }
        let usable = access.is_valid(now) && !record.is_expired(now);
        usable && access.remaining(now).is_none_or(|remaining| remaining >= self.need.validity)
    }

    /// Takes what came of the last step, and says the next one.
    pub fn handle(&mut self, input: Input, now: Millis, jitter: Jitter) -> Step {
        let state = core::mem::replace(&mut self.state, State::Finished);
        match (state, input) {
            (State::Locking, Input::Locked) => {
                self.exclusive = true;
                self.go(State::Reading { conflicts: 0 }, Step::Read)
            }
            (State::Locking, Input::Unlocked) => self.go(State::Reading { conflicts: 0 }, Step::Read),
            (State::Reading { .. } | State::Marking { .. } | State::Requesting { .. }, Input::LockLost) => {
                self.exclusive = false;
                self.go(State::Locking, Step::Lock)
            }
            (State::Waiting { conflicts, .. }, Input::Changed) => self.go(State::Reading { conflicts }, Step::Read),
            (State::Waiting { marker, conflicts }, Input::Waited) => {
                self.outlived = marker;
                self.go(State::Reading { conflicts }, Step::Read)
            }
            (State::Reading { conflicts }, Input::Read(Some(record))) => self.judge(record, conflicts, now),
            (State::Reading { .. }, Input::Unreadable) if self.known.is_expired(now) => {
                self.end(self.known.clone(), session_expired())
            }
            (State::Reading { .. }, Input::Read(None)) => Step::Done(Outcome::Superseded(None, None)),

            (State::Marking { conflicts, .. }, Input::Written(write))
                // Without a lock, a marker that could not be written holds nobody back.
                if (write == Write::Conflict || write == Write::Failed && !self.exclusive)
                    && conflicts < MOST_CONFLICTS =>
            {
                // Somebody acts without the lock.
                self.exclusive = false;
                self.go(State::Reading { conflicts: conflicts + 1 }, Step::Read)
            }
            (State::Marking { record, conflicts }, Input::Written(write)) if write != Write::Conflict => {
                self.marked = record.attempted_at;
                if is_stale(&record, now) && conflicts < MOST_CONFLICTS {
                    return self.go(State::Reading { conflicts: conflicts + 1 }, Step::Read);
                }
                self.go(State::Requesting { record: record.clone() }, Step::Request(record))
            }

            (State::Requesting { record }, Input::Answered(Ok(granted))) => {
                let Granted { response, claims, received_at } = granted;
                let merged = Rc::new(merge::refreshed(&record, response, claims, self.target.as_deref(), received_at));
                self.go(State::Storing { record: merged.clone() }, Step::Write(merged))
            }
            (State::Requesting { record }, Input::Answered(Err(failure))) => self.fail(record, failure, now, jitter),
            (State::Requesting { record }, Input::Abandoned) => {
                let error = Error::new(ErrorCode::Network, "the page was left while the token was refreshed");
                Step::Done(Outcome::Failed(record, error))
            }

            (State::Storing { record }, Input::Written(Write::Done)) => Step::Done(Outcome::Refreshed(record)),
            (State::Storing { record }, Input::Written(Write::Conflict)) => {
                self.go(State::ReadingAfterConflict { late: Some(record) }, Step::Read)
            }
            (State::Storing { record }, Input::Written(Write::Failed)) => {
                let slim = Rc::new(record.slim());
                self.go(State::StoringSlim { whole: record }, Step::Write(slim))
            }
            (State::StoringSlim { whole }, Input::Written(Write::Conflict)) => {
                self.go(State::ReadingAfterConflict { late: Some(whole) }, Step::Read)
            }
            (State::StoringSlim { whole }, Input::Written(_)) => Step::Done(Outcome::Unstored(whole)),

            (State::CheckingEnd { record, .. }, Input::Read(Some(stored)))
                if stored.differs_from(&record.grant_id, record.generation) =>
            {
                self.settle(stored, None, now)
            }
            (State::CheckingEnd { record, cause }, Input::Read(Some(_)) | Input::Unreadable) => self.end(record, cause),
            (State::CheckingEnd { .. }, Input::Read(None)) => Step::Done(Outcome::Superseded(None, None)),
            (State::StoringEnd { .. }, Input::Written(Write::Conflict)) => {
                self.go(State::ReadingAfterConflict { late: None }, Step::Read)
            }
            (State::StoringEnd { record }, Input::Written(_)) => Step::Done(Outcome::Ended(record)),

            (State::StoringRetry { .. }, Input::Written(Write::Conflict)) => {
                self.go(State::ReadingAfterConflict { late: None }, Step::Read)
            }
            (State::StoringRetry { record, error }, Input::Written(_)) => Step::Done(Outcome::Failed(record, error)),

            (State::ReadingAfterConflict { late }, Input::Read(Some(record))) if record.ended.is_some() => {
                // Another context came to that end. It stays so, and what arrived late is of no use to anybody.
                Step::Done(Outcome::Superseded(Some(record), late))
            }
            (State::ReadingAfterConflict { late: Some(late) }, Input::Read(Some(record)))
                if late.grant_id == record.grant_id && late.generation > record.generation =>
            {
                // Only a marker or a back-off came in between: what counts is the generation.
                self.go(State::Storing { record: late.clone() }, Step::Write(late))
            }
            (State::ReadingAfterConflict { late }, Input::Read(Some(record))) => self.settle(record, late, now),
            (State::ReadingAfterConflict { late }, Input::Read(None)) => Step::Done(Outcome::Superseded(None, late)),
            _ => self.give_up(now, jitter),
        }
    }

    /// Under the lock, with the stored truth in hand: adopt it, give up, or use its refresh token.
    fn judge(&mut self, mut record: Rc<Record>, conflicts: u8, now: Millis) -> Step {
        if record.ended.is_some() {
            return Step::Done(Outcome::Ended(record));
        }
        // A clock that was set back may be known here alone, where that cannot be stored.
        let known_over = self.is_same(&record) && self.known.is_expired(now);
        if record.is_expired(now) || known_over {
            return self.end(record, session_expired());
        }
        let newer = record.differs_from(&self.known.grant_id, self.known.generation);
        if newer && self.is_enough(&record, now) {
            return Step::Done(Outcome::Adopted(record));
        }
        if record.refresh_token.is_none() {
            let error = Error::new(ErrorCode::NoRefreshToken, "the provider gave no refresh token: sign in again");
            return Step::Done(Outcome::Failed(record, error));
        }
        let attempt_of_another = self.attempt_of_another(&record, now);
        let last_failure = self.last_failure(&record);
        Rc::make_mut(&mut record).retry = last_failure;
        // Impatience is about failures before this refresh was asked for: another context may have tried since.
        let waits = |retry: &Retry| retry.is_pending(now) && !(self.need.impatient && self.known.retry == Some(*retry));
        if let Some(retry) = record.retry.filter(waits) {
            let error = Error::new(retry.code, "the last refresh failed, and it is too early to try again");
            return Step::Done(Outcome::Failed(record, error));
        }
        if let Some(wait) = attempt_of_another {
            return self.go(State::Waiting { marker: record.attempted_at, conflicts }, Step::Wait(wait));
        }
        let marked = Rc::make_mut(&mut record);
        if marked.access.is_none() && marked.grant_id == self.known.grant_id {
            // A slim record: what did not fit into the storage is known here still.
            marked.claims = self.known.claims.clone();
            marked.id_token = self.known.id_token.clone();
        }
        // Another marker than the one before: of two contexts that write that again, each would believe to be the first.
        let again = marked.attempted_at == Some(now);
        marked.attempted_at = Some(now + Millis::from(again));
        marked.unlocked = !self.exclusive;
        self.go(State::Marking { record: record.clone(), conflicts }, Step::Write(record))
    }

    /// How long to wait for what comes of another context's attempt. Under the lock there is none, unless it was begun
    /// without: whoever wrote the marker is gone. Whether a marker of another time is fresh, nobody can say; it is waited
    /// for once.
    fn attempt_of_another(&self, record: &Record, now: Millis) -> Option<Millis> {
        let marker = record.attempted_at.filter(|marker| ![self.marked, self.outlived].contains(&Some(*marker)))?;
        // What went wrong here tells of an attempt only if it was this context's own: not that the storage cannot be read.
        let own =
            self.known.retry.filter(|it| it.code != ErrorCode::Storage && self.known.attempted_at == Some(marker));
        let failed_since = [record.retry, own].into_iter().flatten().any(|retry| retry.since >= marker);
        let fresh = (-self.lease..self.lease).contains(&(now - marker));
        let alive = record.unlocked || !self.exclusive;
        (fresh && !failed_since && alive).then(|| (marker + self.lease - now).min(self.lease))
    }

    /// The stored failures, or those that only this context knows because they could not be stored.
    fn last_failure(&self, record: &Record) -> Option<Retry> {
        let own = self.known.retry.filter(|_| self.is_same(record));
        [record.retry, own].into_iter().flatten().max_by_key(|retry| retry.failures)
    }

    /// The storage does not do its part. The session stays, and the next attempt comes later.
    fn give_up(&mut self, now: Millis, jitter: Jitter) -> Step {
        let mut record = self.known.clone();
        let retry = schedule::retry_after_failure(record.retry, None, ErrorCode::Storage, jitter, now);
        Rc::make_mut(&mut record).retry = Some(retry);
        Step::Done(Outcome::Failed(record, Error::new(ErrorCode::Storage, "the session could not be read")))
    }

    fn fail(&mut self, mut record: Rc<Record>, failure: Failure, now: Millis, jitter: Jitter) -> Step {
        let mut error = failure.error;
        let retry = match failure.kind {
            FailureKind::SessionEnded => {
                if error.code == ErrorCode::InvalidIdToken {
                    // It was not the provider who said so.
                    error.message = ["the refreshed ID token was refused: ", &error.message].concat().into();
                }
                return self.go(State::CheckingEnd { record, cause: error }, Step::Read);
            }
            FailureKind::Transient { retry_after } => {
                if !schedule::is_retried(error.code) {
                    // An answer that was not the provider's own says nothing about it: to a refresh that is an outage.
                    error.code = ErrorCode::TemporarilyUnavailable;
                }
                schedule::retry_after_failure(record.retry, retry_after, error.code, jitter, now)
            }
            FailureKind::Refused if self.target.is_some() => {
                // What is wrong with the target says nothing about the session.
                Rc::make_mut(&mut record).attempted_at = None;
                return self.go(State::StoringRetry { record: record.clone(), error }, Step::Write(record));
            }
            FailureKind::Refused => {
                if schedule::is_last_word(record.retry, error.code, now) && !self.has_token(&record, now) {
                    // Nobody is shown as signed in for ever who gets no token.
                    return self.go(State::CheckingEnd { record, cause: error }, Step::Read);
                }
                schedule::pause_after_refusal(record.retry, error.code, jitter, now)
            }
        };
        Rc::make_mut(&mut record).retry = Some(retry);
        self.go(State::StoringRetry { record: record.clone(), error }, Step::Write(record))
    }

    /// Whether the session has a valid token, in the storage or, where that had no room for it, in memory.
    fn has_token(&self, record: &Record, now: Millis) -> bool {
        record.valid_access(now).is_some() || self.is_same(record) && self.known.valid_access(now).is_some()
    }

    /// Whether that is what this context knew when it began, but for markers and failures.
    fn is_same(&self, record: &Record) -> bool {
        !record.differs_from(&self.known.grant_id, self.known.generation)
    }

    fn end(&mut self, mut record: Rc<Record>, cause: Error) -> Step {
        let ended = Rc::make_mut(&mut record);
        ended.ended = Some(cause);
        ended.attempted_at = None;
        ended.retry = None;
        self.go(State::StoringEnd { record: record.clone() }, Step::Write(record))
    }

    /// Another context's record turned out to be the truth. Late tokens of the same grant are left alone: to revoke
    /// one of them is to end the grant at most providers (RFC 7009 section 2.1).
    fn settle(&mut self, record: Rc<Record>, late: Option<Rc<Record>>, now: Millis) -> Step {
        let late = late.filter(|late| late.grant_id != record.grant_id);
        Step::Done(if late.is_some() || record.valid_access(now).is_none() {
            Outcome::Superseded(Some(record), late)
        } else {
            Outcome::Adopted(record)
        })
    }

    fn go(&mut self, state: State, step: Step) -> Step {
        self.state = state;
        step
    }
}

#[cfg(test)]
mod diagram;
#[cfg(test)]
mod tests;
