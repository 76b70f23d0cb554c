//! A machine with its clock, its storage and its network, the tabs on it, and what runs next.

use super::chance::Chance;
use super::faults::{Faults, StorageFault};
use super::network::Exchange;
use super::provider::Provider;
use super::shared::{BEGINNING, Shared};
use super::storage::Commit;
use super::tab::{Call, Tab, TabId};
use crate::platform::Signal;
use crate::protocol::Millis;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::rc::Rc;

/// Everything of a simulation. When it is dropped, so is every task in it.
pub struct World {
    shared: Rc<Shared>,
}

impl World {
    /// A world without tabs, in which everything works. All that happens in it follows from the seed.
    pub fn new(seed: u64) -> World {
        World::with(Chance::new(seed))
    }

    fn with(chance: Chance) -> World {
        let shared = Shared {
            time: Cell::new(BEGINNING),
            slept: Cell::new(0),
            clock_offset: Cell::new(0),
            online: Cell::new(true),
            without_locks: Cell::new(false),
            steps: Cell::new(0),
            busy: Cell::new(0),
            chance: RefCell::new(chance),
            tasks: RefCell::default(),
            agenda: RefCell::default(),
            storage: RefCell::default(),
            locks: RefCell::default(),
            faults: RefCell::default(),
            provider: RefCell::new(Provider::new("https://provider.example")),
            keys: RefCell::default(),
            exchanges: RefCell::default(),
            tabs: RefCell::default(),
            opened: Cell::new(0),
        };
        World { shared: Rc::new(shared) }
    }

    /// Opens a page at that URL.
    pub fn open(&self, url: &str) -> Tab {
        self.open_context(Some(url))
    }

    /// Starts a worker.
    pub fn open_worker(&self) -> Tab {
        self.open_context(None)
    }

    fn open_context(&self, url: Option<&str>) -> Tab {
        let id = TabId(self.shared.opened.get() + 1);
        self.shared.opened.set(id.0);
        let entropy = self.shared.chance.borrow_mut().fork();
        let tab = Tab::open(self.shared.clone(), id, url, entropy);
        self.shared.tabs.borrow_mut().insert(id, tab.state.clone());
        tab
    }

    /// Lets one thing happen: a task goes on, or if none can, time goes on to the next happening. `false` if nothing is
    /// left to happen.
    pub fn step(&self) -> bool {
        self.shared.steps.set(self.shared.steps.get() + 1);
        self.shared.poll_one() || self.shared.advance(Millis::MAX)
    }

    /// As [`World::step`], but never beyond that instant; `false` when it is reached.
    pub fn step_until(&self, instant: Millis) -> bool {
        self.shared.steps.set(self.shared.steps.get() + 1);
        if self.shared.poll_one() || self.shared.advance(instant) {
            return true;
        }
        self.shared.time.set(instant.max(self.shared.time.get()));
        false
    }

    /// Lets everything happen that happens within that time.
    pub fn run_for(&self, duration: Millis) {
        let end = self.time() + duration;
        while self.step_until(end) {}
    }

    /// Lets things happen until the call is settled, but not longer than that; `None` if it is not.
    pub fn finish<T>(&self, call: &Call<T>, within: Millis) -> Option<T> {
        let end = self.time() + within;
        while !call.is_settled() && self.step_until(end) {}
        call.take()
    }

    /// The true time, which the provider's clock shows.
    pub fn time(&self) -> Millis {
        self.shared.time()
    }

    /// The true time for those who live in the world.
    pub fn clock(&self) -> impl Fn() -> Millis + 'static {
        let shared = self.shared.clone();
        move || shared.time()
    }

    /// How many steps were made.
    pub fn steps(&self) -> u64 {
        self.shared.steps.get()
    }

    /// So many of a hundred operations find the machine busy, and take longer.
    pub fn set_busy(&self, percent: u8) {
        self.shared.busy.set(percent);
    }

    /// Sets the machine's clock: so much ahead of the true time, or behind it.
    pub fn set_clock_offset(&self, offset: Millis) {
        self.shared.clock_offset.set(offset);
    }

    /// How much the machine's clock is ahead of the true time.
    pub fn clock_offset(&self) -> Millis {
        self.shared.clock_offset.get()
    }

    /// The machine sleeps: time passes without anything happening on it, and connections break.
    pub fn sleep_machine(&self, duration: Millis) {
        self.shared.time.set(self.shared.time.get() + duration);
        self.shared.slept.set(self.shared.slept.get() + duration);
    }

    /// Connects the machine to the network, or disconnects it.
    pub fn set_online(&self, online: bool) {
        let before = self.shared.online.replace(online);
        if online && !before {
            self.tell_all(|| Signal::Online);
        }
    }

    /// Whether the machine is connected to the network.
    pub fn is_online(&self) -> bool {
        self.shared.is_online()
    }

    /// A browser without Web Locks.
    pub fn take_locks_away(&self) {
        self.shared.without_locks.set(true);
    }

    /// Somebody clears the storage of the origin.
    pub fn clear_storage(&self) {
        self.shared.storage.borrow_mut().clear(self.time());
        self.lose_keys();
        self.tell_all(|| Signal::Cleared);
    }

    /// What is wrong with the storage from now on.
    pub fn set_storage_fault(&self, fault: StorageFault) {
        self.shared.storage.borrow_mut().fault = fault;
    }

    /// What is stored: key and value.
    pub fn stored(&self) -> Vec<(String, String)> {
        self.shared.storage.borrow().truth()
    }

    /// Writes a value past every client.
    pub fn store(&self, key: &str, value: Option<&str>) {
        self.shared.storage.borrow_mut().put(key, value, None, self.time());
    }

    /// How often tabs have read from the storage so far.
    pub fn readings(&self) -> u64 {
        self.shared.storage.borrow().readings.get()
    }

    /// The names of the keys that pages have made and not removed.
    pub fn keys(&self) -> Vec<String> {
        self.shared.keys.borrow().keys().cloned().collect()
    }

    /// The browser loses all keys, and nothing else.
    pub fn lose_keys(&self) {
        self.shared.keys.borrow_mut().clear();
    }

    /// Every change of the storage so far.
    pub fn commits(&self) -> Ref<'_, [Commit]> {
        Ref::map(self.shared.storage.borrow(), |storage| storage.commits.as_slice())
    }

    /// Every request so far.
    pub fn exchanges(&self) -> Ref<'_, [Exchange]> {
        Ref::map(self.shared.exchanges.borrow(), Vec::as_slice)
    }

    /// Names of the locks that are held or waited for.
    pub fn busy_locks(&self) -> Vec<String> {
        self.shared.locks.borrow().busy()
    }

    /// The first tab that asked for a lock that it held or waited for already.
    pub fn crowded_lock(&self) -> Option<TabId> {
        self.shared.locks.borrow().crowded()
    }

    /// What goes wrong in the network from now on.
    pub fn faults(&self) -> RefMut<'_, Faults> {
        self.shared.faults.borrow_mut()
    }

    /// The provider.
    pub fn provider(&self) -> RefMut<'_, Provider> {
        self.shared.provider.borrow_mut()
    }

    /// Sends the page's navigation to the provider's authorization endpoint, where `user` signs in: the URL to return to.
    pub fn authorize(&self, url: &str, user: &str) -> Option<String> {
        let now = self.time();
        self.provider().authorize(url, user, now)
    }

    fn tell_all(&self, signal: impl Fn() -> Signal) {
        for tab in self.shared.tabs() {
            Tab::hears_after(&self.shared, 0, tab, signal());
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let agenda = self.shared.agenda.take();
        let tasks = self.shared.tasks.borrow_mut().remove(|_| true);
        // Both hold locks and requests, whose end makes new happenings.
        drop((agenda, tasks));
        self.shared.agenda.take();
        self.shared.tabs.take();
    }
}
