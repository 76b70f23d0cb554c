//! Locks by name, shared by all tabs.

use super::TabId;
use super::shared::Shared;
use super::tab::TabState;
use futures_channel::oneshot;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::rc::{Rc, Weak};

/// Held while it lives.
pub struct Lock {
    world: Weak<Shared>,
    name: String,
}

#[derive(Default)]
pub(super) struct Locks {
    queues: BTreeMap<String, Queue>,
    /// Tabs that have asked for a lock that they held or waited for already.
    crowded: Vec<TabId>,
}

#[derive(Default)]
struct Queue {
    holder: Option<TabId>,
    /// The holder knows.
    given: bool,
    waiting: VecDeque<Waiter>,
}

struct Waiter {
    tab: TabId,
    grant: oneshot::Sender<Lock>,
}

impl Locks {
    /// Names of the locks that are held or waited for.
    pub(super) fn busy(&self) -> Vec<String> {
        let awaited = |queue: &Queue| queue.waiting.iter().any(|waiter| !waiter.grant.is_canceled());
        let busy = self.queues.iter().filter(|(_, queue)| queue.holder.is_some() || awaited(queue));
        busy.map(|(name, _)| name.clone()).collect()
    }

    /// The first tab that asked for a lock that it held or waited for already.
    pub(super) fn crowded(&self) -> Option<TabId> {
        self.crowded.first().copied()
    }

    fn add(&mut self, name: &str, waiter: Waiter) {
        let queue = self.queues.entry(name.to_owned()).or_default();
        let waits = |other: &Waiter| other.tab == waiter.tab && !other.grant.is_canceled();
        if (queue.given && queue.holder == Some(waiter.tab)) || queue.waiting.iter().any(waits) {
            self.crowded.push(waiter.tab);
        }
        queue.waiting.push_back(waiter);
    }
}

/// The request takes a while to reach the lock manager, and the grant to come back.
pub(super) fn request(world: &Rc<Shared>, tab: &TabState, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
    let (grant, granted) = oneshot::channel();
    let name = name.to_owned();
    let tab = tab.id();
    let exist = !world.has_no_locks();
    let enqueue = move |world: &Rc<Shared>| {
        if grant.is_canceled() {
            return;
        }
        world.locks.borrow_mut().add(&name, Waiter { tab, grant });
        grant_next(world, &name);
    };
    if exist {
        world.soon(0, 2, enqueue);
    }
    async move {
        if !exist {
            return None;
        }
        match granted.await {
            Ok(lock) => Some(lock),
            // The world has come to its end.
            Err(_) => std::future::pending().await,
        }
    }
}

fn grant_next(world: &Rc<Shared>, name: &str) {
    let waiter = {
        let mut locks = world.locks.borrow_mut();
        let Some(queue) = locks.queues.get_mut(name).filter(|queue| queue.holder.is_none()) else { return };
        queue.waiting.retain(|waiter| !waiter.grant.is_canceled());
        let waiter = queue.waiting.pop_front();
        queue.holder = waiter.as_ref().map(|waiter| waiter.tab);
        waiter
    };
    if let Some(Waiter { grant, .. }) = waiter {
        let lock = Lock { world: Rc::downgrade(world), name: name.to_owned() };
        // If nobody waits any more, the lock is dropped here, which releases it.
        world.soon(0, 2, move |world| {
            if let Some(queue) = world.locks.borrow_mut().queues.get_mut(&lock.name) {
                queue.given = !grant.is_canceled();
            }
            drop(grant.send(lock));
        });
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(world) = self.world.upgrade() else { return };
        if let Some(queue) = world.locks.borrow_mut().queues.get_mut(&self.name) {
            (queue.holder, queue.given) = (None, false);
        }
        grant_next(&world, &self.name);
    }
}
