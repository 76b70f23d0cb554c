//! The view that this context leaves for the pages after it, and what it makes of the one that it finds: a state to show
//! at once, and a token. Whatever needs more waits until the records were read.
//!
//! Whoever changes what is stored writes the view: last what is new, first what goes. Whoever hears of a change takes
//! away from the view at most: what it has read may be older than what another context has done since.

use super::accounts::Entry;
use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::session::account::session_prefix;
use crate::session::event::{self, Event, Origin, SignedOutReason};
use crate::session::flight;
use crate::session::record::Record;
use crate::session::view;
use alloc::rc::Rc;

/// Within this time, what another tab has written to `localStorage` arrives here.
const SETTLING: Millis = 60;

/// How far the records are known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// As far as the storage can be read at all.
    Read,
    /// The view alone is, and the records are being read.
    Awaited,
    /// The view alone is: the records could not be read.
    Unreadable,
}

/// On whose account a view is left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// This context has stored something, or is about to remove it.
    Own,
    /// Another context has removed or ended a session.
    Others,
    /// In another context somebody has signed in anew, and the view of that was left there. Where this context's own lies there
    /// still, it was written over that one: then all that it may say is that there is something.
    News,
}

impl<P: Platform> Inner<P> {
    /// Shows what the view has. `false` if it has nothing, or is of no use here.
    pub(super) fn restore_view(&self, text: Option<String>) -> bool {
        let records = text.as_deref().map(|text| view::decode(text, &self.config.configuration(), P::parse_json));
        let Some(Ok(records)) = records else { return false };
        if !records.iter().all(|record| self.is_ours(record)) {
            return false;
        }
        for record in records {
            let key = record.account().key(&self.config.namespace);
            self.set(&key, Some(Rc::new(record)));
        }
        *self.shown.borrow_mut() = text;
        self.truth.set(Truth::Awaited);
        true
    }

    /// Leaves the view of what is known here, if it says anything new.
    pub(super) fn show(&self, change: Change) {
        self.show_without(change, None);
    }

    /// The same, of all sessions but that of this key, which is about to go.
    pub(super) fn show_without(&self, change: Change, going: Option<&str>) {
        let entries = self.entries.borrow();
        let staying: Vec<_> = entries.iter().filter(|entry| going != Some(&entry.key)).collect();
        let whole = change != Change::News && staying.iter().all(|entry| self.store.has_stored(&entry.key));
        let records: Vec<Rc<Record>> = staying.iter().map(|entry| entry.record.clone()).collect();
        let new = view::encode(&self.config.configuration(), &records, whole, self.platform.leaves_views());
        let left = self.platform.view(&self.view_key);
        if change == Change::News && left != *self.shown.borrow() {
            return;
        }
        let before = self.shown.replace(new.clone());
        if left != new && (change == Change::Own || left == before && self.platform.leaves_views()) {
            self.platform.set_view(&self.view_key, new.as_deref());
        }
    }

    /// That session is not stored: nobody is to start from it, whoever has left it there.
    pub(super) fn take_from_view(&self, key: &str) {
        let left = self.platform.view(&self.view_key);
        let shown = left.and_then(|left| view::decode(&left, &self.config.configuration(), P::parse_json).ok());
        let is_there = |record: &Record| record.account().key(&self.config.namespace) == key;
        if shown.is_some_and(|shown| shown.iter().any(is_there)) {
            self.show_without(Change::Own, Some(key));
        }
    }

    /// What another context has left there differs from what is known here: the keys that are to be read.
    pub(super) fn news_in(&self, text: Option<&str>) -> Vec<String> {
        if *self.shown.borrow() == text.map(str::to_owned) {
            return Vec::new();
        }
        let shown = text.and_then(|text| view::decode(text, &self.config.configuration(), P::parse_json).ok());
        let shown: Vec<(String, Record)> = shown
            .unwrap_or_default()
            .into_iter()
            .map(|record| (record.account().key(&self.config.namespace), record))
            .collect();
        let entries = self.entries.borrow();
        let known = |key: &str| entries.iter().find(|entry| *entry.key == *key).map(|entry| &entry.record);
        let is_new = |(key, record): &&(String, Record)| flight::is_news(known(key).map(|it| &**it), Some(record));
        let mut keys: Vec<String> = shown.iter().filter(is_new).map(|(key, _)| key.clone()).collect();
        let missing = entries.iter().filter(|entry| !shown.iter().any(|(key, _)| **key == *entry.key));
        keys.extend(missing.map(|entry| String::from(&*entry.key)));
        keys
    }

    /// The first reading of the records. What they differ in from what was shown becomes one new state and the events of
    /// it; if nothing was shown, it is no news for anybody. `false` if they cannot be read.
    pub(super) async fn read_truth(self: &Rc<Self>) -> bool {
        let shown = self.truth.get() != Truth::Read;
        let version = self.version.get();
        let prefix = session_prefix(&self.config.namespace);
        let mut listed = self.store.list(&prefix).await;
        if shown && listed.as_ref().is_ok_and(Vec::is_empty) {
            self.counts_once().await;
            // If not on this context's account, then on that of another one that started at the same time.
            listed = self.store.list(&prefix).await;
        }
        let Ok(stored) = listed else {
            if shown {
                self.truth.set(Truth::Unreadable);
                self.changed();
            }
            if !self.closed.get() && !self.leaving.get() {
                self.write_again_later();
            }
            return false;
        };
        if self.closed.get() {
            self.changed();
            return true;
        }
        if self.version.get() != version {
            // Something has changed here meanwhile.
            return self.reread_all(SignedOutReason::OtherContext).await;
        }
        // A sign-out removes the view, and what clears a database does not.
        let gone = match self.platform.view(&self.view_key) {
            None if shown => SignedOutReason::OtherContext,
            _ => SignedOutReason::StorageCleared,
        };
        let news = self.take_over_all(&stored, gone);
        self.truth.set(Truth::Read);
        self.show(Change::Own);
        if shown {
            self.changed();
            news.iter().for_each(|event| self.emit(event));
        }
        for (key, text) in stored {
            if self.record(&key).is_none() {
                self.discard(&key, &text).await;
            }
        }
        true
    }

    /// Ready when the records were read for the first time, or could not be. Until then it says nothing that one is missing:
    /// the view may count in its place.
    pub(super) async fn first_reading(&self) {
        while self.truth.get() == Truth::Awaited && !self.closed.get() {
            // It ends with the news, or with the instance.
            let _ = self.next_change().await;
        }
    }

    /// Makes the entries what is stored; the events of that.
    fn take_over_all(&self, stored: &[(String, String)], gone: SignedOutReason) -> Vec<Event> {
        let mut left: Vec<Rc<str>> = self.entries.borrow().iter().map(|entry| entry.key.clone()).collect();
        let mut news = Vec::new();
        let mut take = |key: &str, new: Option<Rc<Record>>| {
            let old = self.set(key, new.clone());
            news.extend(event::transition(old.as_ref(), new.as_ref(), Origin::OtherContext, gone));
        };
        for (key, text) in stored {
            let Some(mut record) = self.decode(key, text) else { continue };
            if let Some(known) = self.record(key) {
                Rc::make_mut(&mut record).fill_in(&known);
            }
            left.retain(|other| **other != **key);
            take(key, Some(record));
        }
        for key in left {
            take(&key, None);
        }
        news
    }

    /// A view without anything behind it: a browser's profile that was put back without its database, as tests do. It
    /// counts, once, as what is stored: with the token that it has, and nothing to get another with. A sign-out elsewhere
    /// removes it before the database; that has arrived here after a while.
    async fn counts_once(&self) {
        if self.platform.has_stored().await {
            return;
        }
        let version = self.version.get();
        self.platform.sleep(SETTLING).await;
        let text = self.platform.view(&self.view_key);
        if text.is_none() || text != *self.shown.borrow() || self.version.get() != version {
            return;
        }
        let worth = |entry: &Entry| {
            // Without a token there is nothing to a session.
            let mut record = Record::clone(&entry.record);
            record.access = record.access.filter(|access| !access.is_elsewhere());
            let counts = record.access.is_some() || record.ended.is_some();
            counts.then(|| (String::from(&*entry.key), record.encode()))
        };
        let sessions: Vec<_> = self.entries.borrow().iter().filter_map(worth).collect();
        if !sessions.is_empty() {
            let keys: Vec<String> = sessions.iter().map(|(key, _)| key.clone()).collect();
            self.platform.found(sessions).await;
            keys.iter().for_each(|key| self.platform.announce(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::protocol::authorization::is_reserved;
    use crate::session::view;

    const HEAD: &str = include_str!("../../pkg/head.js");

    #[test]
    fn the_package_reads_views_of_this_version_only() {
        let configuration = view::configuration([("default", None, "app")].into_iter());
        assert_eq!(configuration.to_text(), r#"[["default",null,"app"]]"#);
        assert_eq!(view::key("ns", &configuration), r#"ns:view:[["default",null,"app"]]"#);
        assert!(HEAD.contains("const VERSION = 1;\n") && HEAD.contains("view?.v === VERSION"));
    }

    #[test]
    fn a10_what_the_package_lets_pass_before_this_module_sees_it_is_not_the_protocols() {
        let (_, list) = HEAD.split_once("const FREE = [").unwrap();
        let names: Vec<&str> =
            list.split(']').next().unwrap().split(',').map(|it| it.trim().trim_matches('"')).collect();
        assert!(names.contains(&"access_type") && !names.iter().any(|name| is_reserved(name)), "{names:?}");
    }
}
