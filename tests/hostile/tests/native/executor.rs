//! Tasks of one page on one thread, and locks over the pages of an origin.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

type TaskFuture = Pin<Box<dyn Future<Output = ()>>>;

/// The tasks of a page.
#[derive(Default)]
pub(crate) struct Tasks(RefCell<Vec<Task>>);

struct Task {
    future: TaskFuture,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Woken {
    fn new() -> Arc<Woken> {
        Arc::new(Woken(AtomicBool::new(true)))
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Tasks {
    pub(crate) fn add(&self, task: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push(Task { future: Box::pin(task), woken: Woken::new() });
    }

    /// Drives this future and the tasks until it is ready; `None` if everything waits.
    pub(crate) fn attempt<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let woken = Woken::new();
        let waker = Waker::from(woken.clone());
        loop {
            let mut progress = false;
            if woken.take() {
                progress = true;
                if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Some(value);
                }
            }
            progress |= self.turn();
            if !progress {
                return None;
            }
        }
    }

    /// Drives the tasks until all of them wait.
    pub(crate) fn settle(&self) {
        while self.turn() {}
    }

    /// Polls what was woken; whether there was anything.
    fn turn(&self) -> bool {
        let tasks = std::mem::take(&mut *self.0.borrow_mut());
        let mut progress = false;
        let mut waiting = Vec::new();
        for mut task in tasks {
            if task.woken.take() {
                progress = true;
                let waker = Waker::from(task.woken.clone());
                if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    continue;
                }
            }
            waiting.push(task);
        }
        // What was added meanwhile comes after.
        let mut tasks = self.0.borrow_mut();
        waiting.append(&mut tasks);
        *tasks = waiting;
        progress
    }
}

/// Ready when everybody else has had a turn.
pub(crate) fn give_way() -> impl Future<Output = ()> {
    let mut gave = false;
    std::future::poll_fn(move |context| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Who holds which lock, and who waits.
#[derive(Clone, Default)]
pub(crate) struct Locks(Rc<RefCell<HashMap<String, Vec<Waker>>>>);

/// A held lock.
pub(crate) struct Lock {
    locks: Locks,
    name: String,
}

impl Locks {
    pub(crate) fn request(&self, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
        let (locks, name) = (self.clone(), name.to_owned());
        std::future::poll_fn(move |context| {
            let mut held = locks.0.borrow_mut();
            match held.get_mut(&name) {
                Some(waiting) => {
                    waiting.push(context.waker().clone());
                    Poll::Pending
                }
                None => {
                    held.insert(name.clone(), Vec::new());
                    Poll::Ready(Some(Lock { locks: locks.clone(), name: name.clone() }))
                }
            }
        })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let waiting = self.locks.0.borrow_mut().remove(&self.name);
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}
