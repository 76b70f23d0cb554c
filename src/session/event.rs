//! What an app is told: derived from the difference between two states of a record, so that every event has one
//! producer and fires once per transition.

use super::account::Account;
use super::record::Record;
use super::schedule;
use crate::protocol::Millis;
use crate::protocol::error::Error;
use std::rc::Rc;

/// What happened to a session.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody signed in; the record is a new grant.
    SignedIn(Rc<Record>, Origin),
    /// The session is gone.
    SignedOut(Account, SignedOutReason, Origin),
    /// A new access token is there.
    TokenRefreshed(Rc<Record>, Origin),
    /// A refresh failed; the session is kept. When the next attempt is due, if there will be one.
    RefreshFailed(Rc<Record>, Error, Option<Millis>),
    /// The session can go on only after a new sign-in.
    ReauthRequired(Rc<Record>, Error),
    /// A sign-in at that provider failed.
    SignInFailed(String, Error),
    /// The storage cannot be used; sessions now live in memory.
    StorageDegraded(Error),
}

/// Where a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Here.
    Local,
    /// In another tab, worker or window.
    OtherContext,
}

/// Why a session is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOutReason {
    /// The app asked for it.
    User,
    /// Another context signed out.
    OtherContext,
    /// The storage was cleared or its record was unreadable.
    StorageCleared,
}

impl Origin {
    /// As the contract spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Local => "local",
            Origin::OtherContext => "other_context",
        }
    }
}

impl SignedOutReason {
    /// As the contract spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            SignedOutReason::User => "user",
            SignedOutReason::OtherContext => "other_context",
            SignedOutReason::StorageCleared => "storage_cleared",
        }
    }
}

/// What the change from `old` to `new` of one key means.
pub fn transition(old: Option<&Rc<Record>>, new: Option<&Rc<Record>>, origin: Origin, gone: SignedOutReason) -> Option<Event> {
    match (old, new) {
        (None, None) => None,
        (Some(old), None) => Some(Event::SignedOut(old.account.clone(), gone, origin)),
        (None, Some(new)) => Some(Event::SignedIn(new.clone(), origin)),
        (Some(old), Some(new)) if old.grant_id != new.grant_id => Some(Event::SignedIn(new.clone(), origin)),
        (Some(old), Some(new)) => within_grant(old, new, origin),
    }
}

fn within_grant(old: &Record, new: &Rc<Record>, origin: Origin) -> Option<Event> {
    let failures = |record: &Record| record.retry.map_or(0, |retry| retry.failures);
    if let (None, Some(error)) = (&old.ended, &new.ended) {
        return Some(Event::ReauthRequired(new.clone(), error.clone()));
    }
    if new.generation > old.generation {
        return Some(Event::TokenRefreshed(new.clone(), origin));
    }
    let retry = new.retry.filter(|_| failures(new) > failures(old))?;
    let error = Error::new(retry.code, "the access token could not be refreshed; the session is kept");
    let retry_at = schedule::is_retried(retry.code).then_some(retry.at);
    Some(Event::RefreshFailed(new.clone(), error.of_provider(new.account.provider()), retry_at))
}
