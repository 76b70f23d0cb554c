//! A world in which somebody else decides what happens next, and in which equal states are recognised: what it takes to
//! go through every order in which things can happen.
//!
//! What happens soon may happen in any order; what takes time (timers, timeouts, slow answers) happens when nothing else
//! can, in the order of its time. Within a tab, tasks go on as the microtasks of a browser do: at once, in the order in
//! which they were woken. So the state of a tab follows from what it was told, in its order.

use super::agenda::{Kind, What};
use super::chance::Chooser;
use super::provider::Provider;
use super::storage::Storage;
use super::world::World;
use crate::protocol::Millis;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What outlives every tab: the storage, and what the provider knows.
#[derive(Clone)]
pub struct Image {
    storage: Storage,
    provider: Provider,
    at: Millis,
}

impl World {
    /// A world in which `chooser` decides wherever chance would.
    pub fn by_hand(chooser: Chooser) -> World {
        World::by_hand_of(chooser)
    }

    /// What is stored here, and what the provider knows.
    pub fn image(&self) -> Image {
        let shared = self.shared();
        Image { storage: shared.storage.borrow().clone(), provider: shared.provider.borrow().clone(), at: self.time() }
    }

    /// Begins with what another world has left.
    pub fn begin_with(&self, image: &Image) {
        let shared = self.shared();
        shared.time.set(image.at);
        *shared.storage.borrow_mut() = image.storage.clone();
        *shared.provider.borrow_mut() = image.provider.clone();
    }

    /// Every task goes on as far as it can.
    pub fn settle(&self) {
        while self.shared().poll_first() {}
    }

    /// What may happen next: its place for [`World::perform`], when, and what it is.
    pub fn possible(&self) -> Vec<(usize, Millis, What)> {
        let agenda = self.shared().agenda.borrow();
        let Some(earliest) = agenda.next_at() else { return Vec::new() };
        let now = earliest.max(self.time());
        let next = agenda.all().enumerate().filter(|(_, (at, _))| *at <= now);
        let mut possible: Vec<_> = next.map(|(place, (at, what))| (place, at, what)).collect();
        // The operations of one tab are performed in the order in which it asked for them.
        let mut first: BTreeMap<_, u64> = BTreeMap::new();
        for (.., what) in possible.iter().filter(|(.., what)| is_operation(what)) {
            first.entry(what.tab).and_modify(|least| *least = what.detail.min(*least)).or_insert(what.detail);
        }
        possible.retain(|(.., what)| !is_operation(what) || first.get(&what.tab) == Some(&what.detail));
        possible.sort_by_key(|(_, at, what)| (*at, *what));
        possible
    }

    /// Lets what is at that place happen, and everything that follows at once.
    pub fn perform(&self, place: usize) {
        let shared = self.shared();
        let next = shared.agenda.borrow_mut().take(place);
        if let Some((at, happening)) = next {
            shared.time.set(shared.time.get().max(at));
            happening(shared);
            self.settle();
        }
    }

    /// Tells states apart: equal ones have an equal future.
    pub fn fingerprint(&self) -> u64 {
        let shared = self.shared();
        let mut hasher = DefaultHasher::new();
        (self.time(), self.clock_offset(), self.is_online()).hash(&mut hasher);
        for tab in shared.tabs() {
            tab.fingerprint().hash(&mut hasher);
        }
        shared.storage.borrow().fingerprint(&mut hasher);
        shared.locks.borrow().fingerprint(&mut hasher);
        shared.provider.borrow().fingerprint(&mut hasher);
        for exchange in self.exchanges().iter() {
            let sent = (exchange.tab, exchange.sent_at, exchange.endpoint, &exchange.refresh_token, exchange.fault);
            (sent, exchange.arrival.is_some(), exchange.settled.is_some()).hash(&mut hasher);
        }
        let mut pending: Vec<(Millis, What)> = shared.agenda.borrow().all().collect();
        pending.sort_unstable();
        pending.hash(&mut hasher);
        hasher.finish()
    }
}

fn is_operation(what: &What) -> bool {
    matches!(what.kind, Kind::Read | Kind::Write)
}
