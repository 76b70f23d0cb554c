//! What an app is told: derived from the difference between two states of a record, so that every event has one
//! producer and fires once per transition.

use super::account::Account;
use super::record::Record;
use super::schedule;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::Error;
use alloc::rc::Rc;

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

/// Every event that there is: the one list, from which the package's, the documentation's and the producers' test come.
pub const EVENTS: [Description; 7] = [
    Description {
        name: "signedIn",
        members: &["session", "origin"],
        when: "Somebody signed in: for the first time, again, or as another user; here or in another tab.",
    },
    Description {
        name: "signedOut",
        members: &["provider", "subject", "reason", "origin"],
        when: "A session is gone. `reason` is `user` where the app called `signOut`, `other_context` in the other tabs, \
               `storage_cleared` where the storage was emptied or its record could not be read any more.",
    },
    Description {
        name: "tokenRefreshed",
        members: &["session", "origin"],
        when: "There is a new access token, fetched here or taken over from another tab.",
    },
    Description {
        name: "refreshFailed",
        members: &["session", "error", "retryAt"],
        when: "A refresh failed and the session is kept. `retryAt` is when the next attempt is due; null if none is.",
    },
    Description {
        name: "reauthRequired",
        members: &["session", "error"],
        when: "The session is over, and goes on only after a new sign-in; `error` says why. Told once; the state keeps it.",
    },
    Description {
        name: "signInFailed",
        members: &["provider", "error"],
        when: "A sign-in failed, before or after the user was at the provider.",
    },
    Description {
        name: "storageDegraded",
        members: &["error"],
        when: "The storage is blocked, full or gone; sessions now live in memory. Told again only after it had recovered.",
    },
];

/// What an event is called, has and means.
pub struct Description {
    /// As the contract spells it.
    pub name: &'static str,
    /// Of the object that listeners get.
    pub members: &'static [&'static str],
    /// When it is told.
    pub when: &'static str,
}

/// By themselves: so what the events mean is not in the npm package's module.
const NAMES: [&str; EVENTS.len()] = {
    let [a, b, c, d, e, f, g] = EVENTS;
    [a.name, b.name, c.name, d.name, e.name, f.name, g.name]
};

impl Event {
    /// Which of [`EVENTS`] it is.
    pub fn name(&self) -> &'static str {
        let [signed_in, signed_out, token_refreshed, refresh_failed, reauth_required, sign_in_failed, degraded] = NAMES;
        match self {
            Event::SignedIn(..) => signed_in,
            Event::SignedOut(..) => signed_out,
            Event::TokenRefreshed(..) => token_refreshed,
            Event::RefreshFailed(..) => refresh_failed,
            Event::ReauthRequired(..) => reauth_required,
            Event::SignInFailed(..) => sign_in_failed,
            Event::StorageDegraded(_) => degraded,
        }
    }
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
pub fn transition(
    old: Option<&Rc<Record>>,
    new: Option<&Rc<Record>>,
    origin: Origin,
    gone: SignedOutReason,
) -> Option<Event> {
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
    // A token for something else than the session's own is nobody's news.
    let beside = new.access == old.access && new.targeted != old.targeted;
    if new.generation > old.generation && !beside {
        return Some(Event::TokenRefreshed(new.clone(), origin));
    }
    let retry = new.retry.filter(|_| failures(new) > failures(old))?;
    let error = Error::new(retry.code, "the access token could not be refreshed; the session is kept");
    let retry_at = schedule::next_attempt(new, retry);
    Some(Event::RefreshFailed(new.clone(), error.of_provider(new.account.provider()), retry_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::error::ErrorCode;
    use crate::session::record::Retry;
    use crate::session::testing::healthy;

    fn told(old: Option<&Record>, new: Option<&Record>) -> Option<Event> {
        let (old, new) = (old.cloned().map(Rc::new), new.cloned().map(Rc::new));
        transition(old.as_ref(), new.as_ref(), Origin::OtherContext, SignedOutReason::User)
    }

    #[test]
    fn sessions_come_and_go() {
        let record = healthy();
        assert!(told(None, None).is_none());
        assert!(matches!(told(None, Some(&record)), Some(Event::SignedIn(_, Origin::OtherContext))));
        let gone = told(Some(&record), None);
        assert!(matches!(gone, Some(Event::SignedOut(account, SignedOutReason::User, _)) if account == record.account));
        let again = Record { grant_id: "grant-2".into(), generation: 1, ..healthy() };
        assert!(matches!(told(Some(&record), Some(&again)), Some(Event::SignedIn(..))), "also after a sign-in over it");
    }

    #[test]
    fn a_later_generation_is_a_refresh_and_nothing_else_is() {
        let (old, new) = (healthy(), Record { generation: 4, ..healthy() });
        assert!(
            matches!(told(Some(&old), Some(&new)), Some(Event::TokenRefreshed(record, _)) if record.generation == 4)
        );
        assert!(told(Some(&old), Some(&old)).is_none());
        assert!(
            told(Some(&old), Some(&Record { attempted_at: Some(1), ..healthy() })).is_none(),
            "a marker is no news"
        );
        assert!(told(Some(&new), Some(&old)).is_none(), "nor is an earlier state");
    }

    #[test]
    fn every_failure_is_told_once_and_says_whether_another_attempt_comes() {
        let failed = |failures, code| Record {
            retry: Some(Retry { failures, since: 0, at: 77, code, refused_since: None }),
            ..healthy()
        };
        let first = failed(1, ErrorCode::Timeout);
        let Some(Event::RefreshFailed(_, error, retry_at)) = told(Some(&healthy()), Some(&first)) else { panic!() };
        assert_eq!((error.code, retry_at, error.provider.as_deref()), (ErrorCode::Timeout, Some(77), Some("default")));
        assert!(told(Some(&first), Some(&first)).is_none());
        let second = failed(2, ErrorCode::TokenEndpoint);
        assert!(
            matches!(told(Some(&first), Some(&second)), Some(Event::RefreshFailed(_, _, Some(at))) if Some(at) == healthy().expires_at()),
            "a refusal is tried again when the token has expired"
        );
        let spent = Record { refresh_token: None, ..second.clone() };
        assert!(matches!(told(Some(&first), Some(&spent)), Some(Event::RefreshFailed(_, _, None))), "with what?");
        assert!(told(Some(&second), Some(&healthy())).is_none());
    }

    #[test]
    fn the_end_is_told_once() {
        let over = Record { ended: Some(Error::new(ErrorCode::TokenEndpoint, "over")), generation: 4, ..healthy() };
        assert!(
            matches!(told(Some(&healthy()), Some(&over)), Some(Event::ReauthRequired(_, error)) if error.code == ErrorCode::TokenEndpoint)
        );
        assert!(told(Some(&over), Some(&over)).is_none());
        let again = Record { grant_id: "grant-2".into(), generation: 1, ..healthy() };
        assert!(matches!(told(Some(&over), Some(&again)), Some(Event::SignedIn(..))), "a sign-in mends it");
    }
}
