//! What the machine and its driver say to each other.

use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::Error;
use crate::protocol::json::Json;
use crate::protocol::token::{Failure, TokenResponse};
use crate::session::record::Record;
use alloc::rc::Rc;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Wait for the account's lock, then [`Input::Locked`] or [`Input::Unlocked`].
    Lock,
    /// Wait until the record is changed, but no longer than this, then [`Input::Changed`] or [`Input::Waited`].
    Wait(Millis),
    /// Read the record's truth, then [`Input::Read`].
    Read,
    /// Compare-and-set from what was last read or written to this, then [`Input::Written`].
    Write(Rc<Record>),
    /// Present this record's refresh token and verify the answer, then [`Input::Answered`].
    Request(Rc<Record>),
    /// Release the lock; this came of it.
    Done(Outcome),
}

/// What came of a step.
pub enum Input {
    /// The lock is held.
    Locked,
    /// There is no lock here, or its holder is suspended and does not let go of it.
    Unlocked,
    /// The page was frozen or left, and the lock was given up for that, before the refresh token was presented.
    LockLost,
    /// The record was changed.
    Changed,
    /// The wait is over, and the record was not changed.
    Waited,
    /// The record as it is stored; `None` if there is none.
    Read(Option<Rc<Record>>),
    /// The storage could not be read.
    Unreadable,
    /// What became of a write.
    Written(Write),
    /// The answer to the token request.
    Answered(Result<Granted, Failure>),
    /// The request failed because the page is being unloaded: that says nothing about the session.
    Abandoned,
}

/// New tokens, verified.
pub struct Granted {
    /// The token response.
    pub response: Box<TokenResponse>,
    /// The claims of its ID token, if it had one.
    pub claims: Option<Json>,
    /// When it arrived: from then on its lifetimes count.
    pub received_at: Millis,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// It is stored.
    Done,
    /// Another value was there: a sign-out or a new sign-in came in between.
    Conflict,
    /// The storage is full or gone.
    Failed,
}

/// What a refresh came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Another context had done it: this is its record.
    Adopted(Rc<Record>),
    /// New tokens, stored.
    Refreshed(Rc<Record>),
    /// New tokens that could not be stored whole: they live on in memory.
    Unstored(Rc<Record>),
    /// The session is gone (`None`) or another one took its place. What a late answer brought must be revoked.
    Superseded(Option<Rc<Record>>, Option<Rc<Record>>),
    /// The session can go on only after a new sign-in; the record says why.
    Ended(Rc<Record>),
    /// No new token now; the session stays as the record says.
    Failed(Rc<Record>, Error),
}

impl Outcome {
    /// The record as this refresh leaves it.
    pub fn record(&self) -> Option<&Rc<Record>> {
        match self {
            Outcome::Adopted(record)
            | Outcome::Refreshed(record)
            | Outcome::Unstored(record)
            | Outcome::Ended(record)
            | Outcome::Failed(record, _) => Some(record),
            Outcome::Superseded(record, _) => record.as_ref(),
        }
    }
}

/// What would do instead of a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// How long another context's newer token must be valid still to be adopted.
    pub validity: Millis,
    /// A back-off is not waited for: the network has just come back.
    pub impatient: bool,
}
