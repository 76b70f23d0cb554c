//! Locks by name, shared by all tabs.

use super::world::Shared;
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
pub(super) struct Locks(BTreeMap<String, Queue>);

#[derive(Default)]
struct Queue {
    held: bool,
    waiting: VecDeque<oneshot::Sender<Lock>>,
}

impl Locks {
    /// Names of the locks that are held or waited for.
    pub(super) fn busy(&self) -> Vec<String> {
        let awaited = |queue: &Queue| queue.waiting.iter().any(|waiter| !waiter.is_canceled());
        self.0.iter().filter(|(_, queue)| queue.held || awaited(queue)).map(|(name, _)| name.clone()).collect()
    }
}

/// The request takes a while to reach the lock manager, and the grant to come back.
pub(super) fn request(world: &Rc<Shared>, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
    let (grant, granted) = oneshot::channel();
    let name = name.to_owned();
    let exist = !world.has_no_locks();
    let enqueue = move |world: &Rc<Shared>| {
        world.locks.borrow_mut().0.entry(name.clone()).or_default().waiting.push_back(grant);
        grant_next(world, &name);
    };
    if exist {
        world.later(0, 2, enqueue);
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
        let Some(queue) = locks.0.get_mut(name).filter(|queue| !queue.held) else { return };
        queue.waiting.retain(|waiter| !waiter.is_canceled());
        let waiter = queue.waiting.pop_front();
        queue.held = waiter.is_some();
        waiter
    };
    if let Some(waiter) = waiter {
        let lock = Lock { world: Rc::downgrade(world), name: name.to_owned() };
        // If nobody waits any more, the lock is dropped here, which releases it.
        world.later(0, 2, move |_| drop(waiter.send(lock)));
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(world) = self.world.upgrade() else { return };
        if let Some(queue) = world.locks.borrow_mut().0.get_mut(&self.name) {
            queue.held = false;
        }
        grant_next(&world, &self.name);
    }
}
