//! The sessions that this context knows of. Every change, local or from elsewhere, goes through [`Inner::apply`], which
//! makes the new state and the events of it.

use super::oneshot;
use super::shown::{Change, Truth};
use super::start::Inner;
use super::state::{AuthState, Session};
use super::tokens::AccountSelector;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::session::account::session_prefix;
use crate::session::event::{self, Event, Origin, SignedOutReason};
use crate::session::record::Record;
use alloc::rc::Rc;

/// A session as this context last saw it.
pub(super) struct Entry {
    pub(super) key: Rc<str>,
    pub(super) record: Rc<Record>,
    /// When the access token expires, or else the session, on the clock that nobody can set: see `clock.rs`.
    pub(super) deadline: Option<Millis>,
}

impl<P: Platform> Inner<P> {
    /// The session that a caller means: the provider's most recent one, or the active one.
    pub(super) fn select(&self, account: &AccountSelector) -> Result<(Rc<str>, Rc<Record>), Error> {
        if let Some(provider) = &account.provider {
            self.config.provider(Some(provider))?;
        }
        let entries = self.entries.borrow();
        let found = entries.iter().find(|entry| {
            let identity = entry.record.account();
            account.provider.as_deref().is_none_or(|provider| provider == identity.provider())
                && account.subject.as_deref().is_none_or(|subject| subject == identity.subject())
        });
        let found = found.map(|entry| (entry.key.clone(), entry.record.clone()));
        found.ok_or_else(|| {
            let mut error = Error::new(ErrorCode::LoginRequired, "no session for that account: sign in first");
            error.provider = account.provider.clone();
            error
        })
    }

    pub(super) fn record(&self, key: &str) -> Option<Rc<Record>> {
        self.entries.borrow().iter().find(|entry| *entry.key == *key).map(|entry| entry.record.clone())
    }

    /// Makes a change known here: memory, state, whoever waits for it, events. The durable write is already done.
    pub(super) fn apply(&self, key: &str, new: Option<Rc<Record>>, origin: Origin, gone: SignedOutReason) {
        let old = self.set(key, new.clone());
        if origin == Origin::Local {
            // Also where nothing changes here: another context may have left a view before it heard of this.
            self.show(Change::Own);
        }
        if old.as_deref() == new.as_deref() {
            return;
        }
        if origin != Origin::Local {
            let is_another_grant = |new: &Record| old.as_ref().is_some_and(|old| old.grant_id() != new.grant_id());
            match &new {
                Some(new) if new.ended.is_none() && !is_another_grant(new) => {}
                Some(new) if new.ended.is_none() => self.show(Change::News),
                _ => self.show(Change::Others),
            }
        }
        self.changed();
        // Whatever it was read for: news of a clearing come by several ways.
        let cleared = self.cleared.get() > 0 && gone == SignedOutReason::OtherContext;
        let gone = if cleared { SignedOutReason::StorageCleared } else { gone };
        if let Some(event) = event::transition(old.as_ref(), new.as_ref(), origin, gone) {
            self.emit(&event);
        }
    }

    /// Ready with the next change of the entries, or when the instance is gone.
    pub(super) fn next_change(&self) -> oneshot::Receiver<()> {
        let (sender, change) = oneshot::channel();
        self.waiting_for_change.borrow_mut().push(sender);
        change
    }

    /// After entries changed.
    pub(super) fn changed(&self) {
        self.doubts.tell(&());
        self.version.set(self.version.get() + 1);
        let waiting: Vec<_> = self.waiting_for_change.borrow_mut().drain(..).collect();
        for waiter in waiting {
            // Nobody waits any more: nothing to tell.
            waiter.send(());
        }
        self.refresh_state();
        self.rearm();
    }

    /// Another context changed that key. News that comes while it is read costs one more reading, however much it is:
    /// many tabs that hear of many changes do not queue up at the storage.
    pub(super) fn follow(self: &Rc<Self>, key: String) {
        if !key.starts_with(&session_prefix(&self.config.namespace)) {
            return;
        }
        let mut following = self.following.borrow_mut();
        if let Some((_, again)) = following.iter_mut().find(|(other, _)| *other == key) {
            *again = true;
            return;
        }
        following.push((key.clone(), true));
        let inner = self.clone();
        self.platform.spawn(async move {
            inner.first_reading().await;
            while inner.is_to_be_read(&key) {
                inner.reread(&key, SignedOutReason::OtherContext).await;
            }
        });
    }

    fn is_to_be_read(&self, key: &str) -> bool {
        let mut following = self.following.borrow_mut();
        let Some(place) = following.iter().position(|(other, _)| other == key) else { return false };
        let again = following.get_mut(place).is_some_and(|(_, again)| core::mem::take(again));
        if !again {
            following.swap_remove(place);
        }
        again
    }

    /// Reads the truth of one key and takes it over.
    pub(super) async fn reread(&self, key: &str, gone: SignedOutReason) {
        loop {
            let version = self.version.get();
            let Ok(text) = self.store.read(key).await else { return };
            if self.version.get() != version {
                continue;
            }
            let mut record = text.as_deref().and_then(|text| self.decode(key, text));
            if let (Some(text), None) = (&text, &record) {
                self.discard(key, text).await;
                if self.version.get() != version {
                    continue;
                }
            }
            if record.is_none() {
                self.take_from_view(key);
            }
            let known = self.record(key);
            if let (Some(known), Some(record)) = (&known, &mut record) {
                Rc::make_mut(record).fill_in(known);
            }
            if !self.closed.get() {
                self.apply(key, record, Origin::OtherContext, gone);
            }
            return;
        }
    }

    /// Reads the truth of every session and takes it over; `false` if it cannot be read.
    pub(super) async fn reread_all(&self, gone: SignedOutReason) -> bool {
        let Ok(stored) = self.store.list(&session_prefix(&self.config.namespace)).await else { return false };
        let mut keys: Vec<Rc<str>> = self.entries.borrow().iter().map(|entry| entry.key.clone()).collect();
        for (key, text) in stored {
            let unchanged = self.record(&key).is_some_and(|known| known.encode() == text);
            keys.retain(|other| **other != *key);
            if !unchanged {
                keys.push(key.into());
            }
        }
        for key in keys {
            self.reread(&key, gone).await;
        }
        if self.truth.replace(Truth::Read) != Truth::Read {
            self.changed();
        }
        true
    }

    /// The record of that text, if it is one of this configuration's.
    pub(super) fn decode(&self, key: &str, text: &str) -> Option<Rc<Record>> {
        let record = Record::decode(text, key, &self.config.namespace, P::parse_json).ok()?;
        self.is_ours(&record).then(|| Rc::new(record))
    }

    pub(super) fn is_ours(&self, record: &Record) -> bool {
        let account = record.account();
        !self.is_signed_out(record) && self.is_of_this(account.provider(), account.issuer(), account.client_id())
    }

    pub(super) fn is_signed_out(&self, record: &Record) -> bool {
        self.signed_out.borrow().iter().any(|id| id == record.grant_id())
    }

    pub(super) fn emit(&self, event: &Event) {
        self.events.tell(event);
    }

    /// Keeps the entries in order: the latest sign-in first.
    pub(super) fn set(&self, key: &str, new: Option<Rc<Record>>) -> Option<Rc<Record>> {
        let mut entries = self.entries.borrow_mut();
        let place = entries.iter().position(|entry| *entry.key == *key);
        let old = place.map(|place| entries.remove(place));
        if let Some(record) = new {
            let later = |entry: &Entry| entry.record.signed_in_at > record.signed_in_at;
            let place = entries.iter().position(|entry| !later(entry)).unwrap_or(entries.len());
            let deadline = self.deadline(&record, old.as_ref());
            entries.insert(place, Entry { key: key.into(), record, deadline });
        }
        old.map(|old| old.record)
    }

    /// A new snapshot, if anything that an app sees has changed.
    pub(super) fn refresh_state(&self) {
        let records: Vec<Rc<Record>> = self.entries.borrow().iter().map(|entry| entry.record.clone()).collect();
        let (old, now) = (self.state.borrow().clone(), self.platform.now());
        let session = |record: &Rc<Record>| {
            let new = Session::at(record, now);
            let same = old.sessions.iter().find(|session| ***session == new);
            same.cloned().unwrap_or_else(|| Rc::new(new))
        };
        let sessions: Vec<Rc<Session>> = records.iter().map(session).collect();
        let new = AuthState { session: sessions.first().cloned(), sessions };
        if new != *old {
            let new = Rc::new(new);
            *self.state.borrow_mut() = new.clone();
            self.states.tell(&new);
        }
    }
}
