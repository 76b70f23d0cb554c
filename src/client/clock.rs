//! The wall clock may be set, by people and by the network's time. What is stored are instants of the wall clock; what a
//! context has learned it also measures on the clock that nobody can set. A clock that was set back makes a token look
//! younger than it is; the difference between the two clocks shows it. A clock that is ahead of the other one has slept or
//! was set forward, which nobody can tell apart: then the token counts as that much older.

use super::accounts::Entry;
use super::shown::Change;
use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::session::record::Record;
use alloc::rc::Rc;

/// Clocks are read one after the other, and some browsers round them.
const NOTICEABLE: Millis = 1_000;

impl<P: Platform> Inner<P> {
    /// When that token expires, or the session, on the clock that nobody can set; no later than what was known of it before.
    pub(super) fn deadline(&self, record: &Record, known: Option<&Entry>) -> Option<Millis> {
        let new = self.platform.monotonic() + (record.landmark()? - self.platform.now());
        // A slim record lacks the token: then the instant is another one, which says nothing of the clock.
        let same = known.filter(|known| {
            !record.differs_from(known.record.grant_id(), known.record.generation)
                && record.expires_at().is_some() == known.record.expires_at().is_some()
        });
        Some(same.and_then(|known| known.deadline).map_or(new, |known| known.min(new)))
    }

    /// Compares the clocks. If the wall clock was set back, expiries are moved with it: here, and in the store for the
    /// other tabs and for the next page. To be asked whenever time may have passed.
    pub(super) fn mend_clock(&self) {
        let (now, steady) = (self.platform.now(), self.platform.monotonic());
        let mut mended = Vec::new();
        for entry in self.entries.borrow_mut().iter_mut() {
            let (Some(expires_at), Some(deadline)) = (entry.record.landmark(), entry.deadline) else { continue };
            let set_back = (expires_at - now) - (deadline - steady);
            if set_back > NOTICEABLE {
                entry.record = Rc::new(entry.record.set_back(set_back, now));
                mended.push((entry.key.clone(), entry.record.clone()));
            } else {
                entry.deadline = Some(deadline.min(steady + expires_at - now));
            }
        }
        if mended.is_empty() {
            return;
        }
        for (key, record) in mended {
            let this = self.this.borrow().clone();
            self.platform.spawn(async move {
                if let Some(inner) = this.upgrade() {
                    inner.store_mended(&key, &record).await;
                }
            });
        }
        self.changed();
    }

    /// Once for all tabs: whoever comes second finds it done.
    async fn store_mended(&self, key: &str, mended: &Record) {
        let Ok(Some(text)) = self.store.read(key).await else { return };
        let Some(stored) = self.decode(key, &text) else { return };
        let (Some(stored_expiry), Some(expires_at)) = (stored.landmark(), mended.landmark()) else { return };
        let set_back = stored_expiry - expires_at;
        let same = stored.grant_id() == mended.grant_id() && stored.generation == mended.generation;
        if same && set_back > NOTICEABLE && !self.leaving.get() {
            let new = stored.set_back(set_back, self.platform.now());
            // If somebody else has changed it meanwhile, that is newer, or the same.
            if self.store.swap(key, Some(&text), Some(&new.encode())).await == Ok(true) {
                self.show(Change::Own);
                self.platform.announce(key);
            }
        }
    }
}
