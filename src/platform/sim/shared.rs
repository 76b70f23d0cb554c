//! What all tabs of a world share, and what happens in it next.

use super::agenda::{Agenda, Happening};
use super::chance::Chance;
use super::faults::{Faults, StorageFault};
use super::locks::Locks;
use super::network::Exchange;
use super::provider::Provider;
use super::storage::Storage;
use super::tab::{TabId, TabState};
use super::tasks::Tasks;
use crate::platform::StorageError;
use crate::protocol::Millis;
use crate::protocol::json::Json;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::task::Context;

/// When every world begins: 2026-11-21T00:00:00Z.
pub(super) const BEGINNING: Millis = 1_795_219_200_000;
/// What finds the machine busy takes up to so much longer.
const MOST_DELAY: Millis = 40;

pub(super) struct Shared {
    pub(super) time: Cell<Millis>,
    pub(super) slept: Cell<Millis>,
    pub(super) clock_offset: Cell<Millis>,
    pub(super) online: Cell<bool>,
    pub(super) without_locks: Cell<bool>,
    pub(super) steps: Cell<u64>,
    pub(super) busy: Cell<u8>,
    pub(super) chance: RefCell<Chance>,
    pub(super) tasks: RefCell<Tasks>,
    pub(super) agenda: RefCell<Agenda>,
    pub(super) storage: RefCell<Storage>,
    pub(super) locks: RefCell<Locks>,
    pub(super) faults: RefCell<Faults>,
    pub(super) provider: RefCell<Provider>,
    pub(super) keys: RefCell<BTreeMap<String, Json>>,
    pub(super) exchanges: RefCell<Vec<Exchange>>,
    pub(super) tabs: RefCell<BTreeMap<TabId, Rc<TabState>>>,
    pub(super) opened: Cell<u32>,
}

impl Shared {
    pub(super) fn time(&self) -> Millis {
        self.time.get()
    }

    pub(super) fn wall_clock(&self) -> Millis {
        self.time.get() + self.clock_offset.get()
    }

    pub(super) fn monotonic(&self) -> Millis {
        self.time.get() - self.slept.get() - BEGINNING
    }

    pub(super) fn is_online(&self) -> bool {
        self.online.get()
    }

    pub(super) fn has_no_locks(&self) -> bool {
        self.without_locks.get()
    }

    /// The tabs that are not gone.
    pub(super) fn tabs(&self) -> Vec<Rc<TabState>> {
        self.tabs.borrow().values().cloned().collect()
    }

    /// Something happens after `least` to `most` milliseconds.
    pub(super) fn later(&self, least: Millis, most: Millis, happening: impl FnOnce(&Rc<Shared>) + 'static) {
        let mut chance = self.chance.borrow_mut();
        let delay = chance.between(least, most);
        let at = self.time.get().saturating_add(delay.max(0));
        let happening: Happening = Box::new(happening);
        self.agenda.borrow_mut().add(at, &mut chance, happening);
    }

    /// Something happens as soon as it can: mostly after `least` to `most` milliseconds, and later where the machine is
    /// busy.
    pub(super) fn soon(&self, least: Millis, most: Millis, happening: impl FnOnce(&Rc<Shared>) + 'static) {
        let busy = self.chance.borrow_mut().percent(self.busy.get());
        self.later(least, if busy { most + MOST_DELAY } else { most }, happening);
    }

    /// What comes of a happening that comes soon.
    pub(super) fn after<T: 'static>(
        &self,
        least: Millis,
        most: Millis,
        happening: impl FnOnce(&Rc<Shared>) -> T + 'static,
    ) -> impl Future<Output = T> + 'static {
        let (sender, result) = oneshot::channel();
        self.soon(least, most, move |world| {
            // Nobody may be waiting any more.
            let _ = sender.send(happening(world));
        });
        received(result)
    }

    /// What comes of a happening after `least` to `most` milliseconds.
    pub(super) fn after_long<T: 'static>(
        &self,
        least: Millis,
        most: Millis,
        happening: impl FnOnce(&Rc<Shared>) -> T + 'static,
    ) -> impl Future<Output = T> + 'static {
        let (sender, result) = oneshot::channel();
        self.later(least, most, move |world| drop(sender.send(happening(world))));
        received(result)
    }

    pub(super) fn keep_key(&self, name: &str, public: Json) -> Result<(), StorageError> {
        if self.storage.borrow().fault != StorageFault::None {
            return Err(StorageError);
        }
        self.keys.borrow_mut().insert(name.to_owned(), public);
        Ok(())
    }

    pub(super) fn key(&self, name: &str) -> Option<Json> {
        self.keys.borrow().get(name).cloned()
    }

    pub(super) fn remove_keys(&self, prefix: &str, before: Option<&str>) {
        let meant = |name: &str| name.starts_with(prefix) && before.is_none_or(|before| name < before);
        self.keys.borrow_mut().retain(|name, _| !meant(name));
    }

    pub(super) fn add_exchange(&self, exchange: Exchange) -> usize {
        let mut exchanges = self.exchanges.borrow_mut();
        exchanges.push(exchange);
        exchanges.len() - 1
    }

    pub(super) fn note_exchange(&self, id: usize, note: impl FnOnce(&mut Exchange, Millis)) {
        if let Some(exchange) = self.exchanges.borrow_mut().get_mut(id) {
            note(exchange, self.time.get());
        }
    }

    pub(super) fn drop_tasks_of_gone_tabs(&self) {
        let running = |id: TabId| self.tabs.borrow().get(&id).is_some_and(|tab| !tab.is_gone());
        let dropped = self.tasks.borrow_mut().remove(|id| !running(id));
        drop(dropped);
        self.tabs.borrow_mut().retain(|_, tab| !tab.is_gone());
    }

    pub(super) fn poll_one(&self) -> bool {
        let ready = {
            let tabs = self.tabs.borrow();
            self.tasks.borrow().ready(|id| tabs.get(&id).is_some_and(|tab| tab.runs()))
        };
        let Some(id) = self.chance.borrow_mut().pick(&ready) else { return false };
        self.poll(id)
    }

    pub(super) fn poll(&self, id: u64) -> bool {
        let taken = self.tasks.borrow_mut().take(id);
        let Some((mut task, waker)) = taken else { return false };
        let finished = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let ended = self.tasks.borrow_mut().put_back(id, task, finished);
        drop(ended);
        true
    }

    pub(super) fn advance(self: &Rc<Self>, limit: Millis) -> bool {
        if self.agenda.borrow().next_at().is_none_or(|at| at > limit) {
            return false;
        }
        let next = self.agenda.borrow_mut().take_next();
        let Some((at, happening)) = next else { return false };
        self.time.set(self.time.get().max(at));
        happening(self);
        true
    }
}

pub(super) async fn received<T>(result: oneshot::Receiver<T>) -> T {
    match result.await {
        Ok(value) => value,
        // The world has come to its end.
        Err(_) => std::future::pending().await,
    }
}
