//! What a context decides around a refresh, from what it knows: between the steps of the machine, and when its outcome is
//! there. Pure functions, so that whoever drives the machine, in a browser or through every order of events, does the same.

use super::demand;
use super::event::Origin;
use super::record::Record;
use super::refresh::{self, Outcome, Refresh};
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use alloc::rc::Rc;

impl Refresh {
    /// While it waits for its turn: what it came to, if this context has learned of something meanwhile that makes it
    /// superfluous.
    pub fn overtaken_by(&self, known: Option<Rc<Record>>, now: Millis) -> Option<Outcome> {
        let Some(known) = known else { return Some(Outcome::Superseded(None, None)) };
        let satisfied = self.is_satisfied_by(&known, now);
        satisfied.then(|| if known.ended.is_some() { Outcome::Ended(known) } else { Outcome::Adopted(known) })
    }
}

/// Whether the refresh token of that record may be presented, as far as this context knows. While the metadata was fetched,
/// this page may have stood still, and others gone on without it; or a page that had been frozen has stored its late answer;
/// or the session's time has come to its end.
pub fn may_present(record: &Record, known: Option<&Record>, now: Millis) -> bool {
    // Of another grant this context may know less than what is stored.
    let newer = |known: &Record| known.grant_id() == record.grant_id() && known.generation > record.generation;
    !refresh::is_stale(record, now) && !record.is_expired(now) && !known.is_some_and(newer)
}

/// Whether what a refresh came to counts, which began with that grant: not if the session was signed out, signed in to or
/// refreshed again in this context meanwhile. It may have come to a grant that this context has heard of meanwhile.
pub fn counts(new: Option<&Record>, grant: &str, known: Option<&Record>) -> bool {
    let Some(known) = known else { return false };
    match new.filter(|new| new.grant_id() == known.grant_id()) {
        Some(new) => is_latest(new, known),
        None => known.grant_id() == grant && new.is_none_or(|new| new.grant_id() != grant),
    }
}

/// Of the same grant: whether it is no older than what is known. An end is final for its generation.
fn is_latest(new: &Record, known: &Record) -> bool {
    let ends = new.ended.is_some() || known.ended.is_none();
    new.generation > known.generation || (new.generation == known.generation && ends)
}

/// Whether a record that another context has stored says anything that is not known here: a marker of an attempt does not.
pub fn is_news(known: Option<&Record>, stored: Option<&Record>) -> bool {
    match (known, stored) {
        (Some(known), Some(stored)) => {
            stored.differs_from(known.grant_id(), known.generation)
                || (&stored.ended, stored.retry) != (&known.ended, known.retry)
        }
        (known, stored) => known.is_some() || stored.is_some(),
    }
}

/// What an outcome means for this context and for others.
pub struct Conclusion {
    /// What this context is to take over, if it [counts].
    pub record: Option<Rc<Record>>,
    /// Where that comes from.
    pub origin: Origin,
    /// Whether the others are told.
    pub announced: bool,
    /// What arrived too late and has no owner: it is revoked.
    pub late: Option<Rc<Record>>,
    /// What those who waited are told.
    pub result: Result<(), Error>,
}

impl Outcome {
    /// What it means. A page that is being left tells nobody of a failure.
    pub fn conclude(self, leaving: bool) -> Conclusion {
        let (record, origin, announced, late, result) = match self {
            Outcome::Adopted(record) => (Some(record), Origin::OtherContext, false, None, Ok(())),
            Outcome::Refreshed(record) | Outcome::Unstored(record) => (Some(record), Origin::Local, true, None, Ok(())),
            Outcome::Superseded(record, late) => {
                let message = "the user signed out while the token was refreshed";
                let gone = || Err(Error::new(ErrorCode::LoginRequired, message));
                let result = record.as_ref().map_or_else(gone, |_| Ok(()));
                (record, Origin::OtherContext, false, late, result)
            }
            Outcome::Ended(record) => {
                let message = "the session is over: sign in again";
                let unknown = || Error::new(ErrorCode::ReauthRequired, message);
                let error = record.ended.as_ref().map_or_else(unknown, demand::ended);
                (Some(record), Origin::Local, true, None, Err(error))
            }
            Outcome::Failed(record, error) => (Some(record), Origin::Local, !leaving, None, Err(error)),
        };
        Conclusion { record, origin, announced, late, result }
    }

    /// What must live on in memory because it could not be written; not what was signed out here meanwhile.
    pub fn unwritten(&self, last_write_failed: bool, known: Option<&Record>) -> Option<&Rc<Record>> {
        let record = self.record().filter(|_| last_write_failed || matches!(self, Outcome::Unstored(_)))?;
        known.is_some_and(|known| known.grant_id() == record.grant_id() && is_latest(record, known)).then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::{healthy, record};

    /// The machine began with "grant-1".
    fn counts_of(new: Option<&Record>, known: &Record) -> bool {
        counts(new, "grant-1", Some(known))
    }

    #[test]
    fn what_is_no_older_than_what_is_known_counts() {
        let (third, fourth) = (healthy(), Record { generation: 4, ..healthy() });
        let signed_in_again = Record { grant_id: "grant-2".to_owned(), ..healthy() };
        assert!(counts_of(Some(&fourth), &third) && counts_of(Some(&third), &third));
        assert!(!counts_of(Some(&third), &fourth), "refreshed again here meanwhile");
        assert!(counts_of(Some(&signed_in_again), &third) && counts_of(None, &third));
        assert!(counts_of(Some(&signed_in_again), &signed_in_again), "this context has heard of that sign-in, too");
        assert!(
            !counts_of(Some(&fourth), &signed_in_again) && !counts_of(None, &signed_in_again),
            "signed in again here"
        );
        assert!(!counts(Some(&fourth), "grant-1", None), "signed out here");
    }

    #[test]
    fn e5_the_end_of_a_session_is_final_for_its_generation() {
        let (going_on, ended) = (healthy(), record());
        assert!(ended.ended.is_some() && ended.generation == going_on.generation);
        assert!(counts_of(Some(&ended), &going_on) && !counts_of(Some(&going_on), &ended));
        let unstored = Outcome::Unstored(Rc::new(going_on.clone()));
        assert!(unstored.unwritten(true, Some(&going_on)).is_some());
        assert!(unstored.unwritten(true, Some(&ended)).is_none(), "nothing revives it");
    }
}
