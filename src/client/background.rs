//! Refreshing before expiry without anybody asking. Timers are hints: when one fires, the clock is asked again.

use super::accounts::Entry;
use super::oneshot;
use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::session::record::Record;
use crate::session::refresh::Need;
use crate::session::schedule;
use alloc::rc::Rc;
use core::pin::pin;
use futures_util::future::{Either, select};

/// While somebody looks at the page, the clocks are compared at least this often: a machine that slept, or whose clock was
/// set, may tell nobody. A hidden page is told when it is seen again.
const LOOK: Millis = 60_000;

impl<P: Platform> Inner<P> {
    /// Sets the alarm for the session that is due first, also where only its end is: the time that the provider allows it.
    /// The alarm before it is cancelled.
    pub(super) fn rearm(&self) {
        let next = self.next_due();
        // A page that is being left, or is frozen, cannot get anything through.
        let works = !self.closed.get() && !self.leaving.get();
        let (Some(at), true) = (next, works) else {
            self.alarm.borrow_mut().take();
            return;
        };
        let (alarm, cancelled) = oneshot::channel::<()>();
        *self.alarm.borrow_mut() = Some(alarm);
        // No handle while it sleeps: an instance that nobody holds goes away.
        let this = self.this.borrow().clone();
        let longest = if self.platform.is_visible() { LOOK } else { Millis::MAX };
        let sleep = self.platform.sleep((at - self.platform.now()).clamp(0, longest));
        self.platform.spawn(async move {
            if let Either::Left(_) = select(pin!(sleep), cancelled).await
                && let Some(this) = this.upgrade()
            {
                this.refresh_due().await;
            }
        });
    }

    async fn refresh_due(self: &Rc<Self>) {
        self.mend_clock();
        // A session whose time is over is shown so at once.
        self.refresh_state();
        let due_now = || {
            let now = self.platform.now();
            self.due().into_iter().filter(move |(at, _)| *at <= now).map(|(_, key)| key)
        };
        for key in due_now().collect::<Vec<_>>() {
            // While this one waited for the session before, another context may have done it.
            if due_now().any(|still_due| still_due == key) {
                // Its failure is in the state and the events, and the next attempt in the record.
                let _ = self.refresh(&key, Need::default()).await;
            }
        }
        if !self.closed.get() {
            self.rearm();
        }
    }

    /// The network is back: what failed for want of it is tried again without waiting for its back-off to end, and what
    /// was due meanwhile is done.
    pub(super) fn retry_now(self: &Rc<Self>) {
        let [jitter, ..] = self.platform.random();
        let pause = self.platform.sleep(schedule::pause_after_online(jitter));
        let inner = self.clone();
        self.platform.spawn(async move {
            pause.await;
            inner.mend_clock();
            let keys: Vec<Rc<str>> = inner.entries.borrow().iter().map(|entry| entry.key.clone()).collect();
            for key in keys {
                if inner.is_due_with_network(&key) {
                    let _ = inner.refresh(&key, Need { impatient: true, ..Need::default() }).await;
                }
            }
            inner.rearm();
        });
    }

    /// Whether a refresh of that session is due, but for a failure of the network.
    fn is_due_with_network(&self, key: &str) -> bool {
        let Some(record) = self.record(key) else { return false };
        let retry = record.retry.filter(|retry| !schedule::is_of_network(retry.code));
        let mut otherwise = Record::clone(&record);
        otherwise.retry = retry;
        let due = self.due_at(&otherwise);
        self.config.auto_refresh && !self.closed.get() && due.is_some_and(|at| at <= self.platform.now())
    }

    fn next_due(&self) -> Option<Millis> {
        self.due().into_iter().map(|(at, _)| at).min()
    }

    /// When each session is due. Of one that has a refresh under way, its end is to come.
    fn due(&self) -> Vec<(Millis, Rc<str>)> {
        let now = self.platform.now();
        let due_at = |entry: &Entry| {
            let busy = self.is_refreshing(&entry.key);
            if busy { schedule::end_due(&entry.record, now).filter(|at| *at > now) } else { self.due_at(&entry.record) }
        };
        let entries = self.entries.borrow();
        entries.iter().filter_map(|entry| Some((due_at(entry)?, entry.key.clone()))).collect()
    }

    /// Offline no refresh is: it would only fail.
    fn due_at(&self, record: &Record) -> Option<Millis> {
        let (visible, now) = (self.platform.is_visible(), self.platform.now());
        if !self.config.auto_refresh || !self.is_reachable(record) {
            return schedule::end_due(record, now);
        }
        schedule::background_due(record, self.config.refresh_lead, self.jitter, visible, now)
    }
}
