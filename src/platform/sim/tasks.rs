//! The tasks of all tabs: an executor of one thread that polls whichever task it is told to.

use super::tab::TabId;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

pub(super) type TaskFuture = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
pub(super) struct Tasks {
    tasks: BTreeMap<u64, Task>,
    serial: u64,
    wakes: Arc<AtomicU64>,
}

struct Task {
    tab: TabId,
    /// Taken out while it is polled.
    future: Option<TaskFuture>,
    woken: Arc<Woken>,
}

/// Whether a task has something to do, and since which wake of all.
struct Woken {
    since: AtomicU64,
    wakes: Arc<AtomicU64>,
}

const IDLE: u64 = u64::MAX;

impl Woken {
    fn since(&self) -> Option<u64> {
        Some(self.since.load(Ordering::Relaxed)).filter(|since| *since != IDLE)
    }

    fn rouse(&self) {
        let wake = self.wakes.fetch_add(1, Ordering::Relaxed);
        // If it was awake already, that stays its place in the order.
        let _ = self.since.compare_exchange(IDLE, wake, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.rouse();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rouse();
    }
}

impl Tasks {
    pub(super) fn add(&mut self, tab: TabId, future: TaskFuture) {
        self.serial += 1;
        let woken = Woken { since: AtomicU64::new(IDLE), wakes: self.wakes.clone() };
        woken.rouse();
        let woken = Arc::new(woken);
        self.tasks.insert(self.serial, Task { tab, future: Some(future), woken });
    }

    /// The tasks that can go on, of tabs that run.
    pub(super) fn ready(&self, runs: impl Fn(TabId) -> bool) -> Vec<u64> {
        let woken = self.tasks.iter().filter(|(_, task)| task.woken.since().is_some());
        woken.filter(|(_, task)| runs(task.tab)).map(|(id, _)| *id).collect()
    }

    pub(super) fn take(&mut self, id: u64) -> Option<(TaskFuture, Waker)> {
        let task = self.tasks.get_mut(&id)?;
        task.woken.since.store(IDLE, Ordering::Relaxed);
        Some((task.future.take()?, Waker::from(task.woken.clone())))
    }

    /// After a poll. What is returned must be dropped by the caller: a future may have a task or a lock of its own.
    #[must_use]
    pub(super) fn put_back(&mut self, id: u64, future: TaskFuture, finished: bool) -> Option<TaskFuture> {
        match self.tasks.get_mut(&id) {
            Some(task) if !finished => {
                task.future = Some(future);
                None
            }
            _ => {
                self.tasks.remove(&id);
                Some(future)
            }
        }
    }

    /// Takes out every task of the tabs that `gone` says, to be dropped by the caller.
    #[must_use]
    pub(super) fn remove(&mut self, gone: impl Fn(TabId) -> bool) -> Vec<TaskFuture> {
        let ids: Vec<u64> = self.tasks.iter().filter(|(_, task)| gone(task.tab)).map(|(id, _)| *id).collect();
        ids.iter().filter_map(|id| self.tasks.remove(id)?.future).collect()
    }
}
