//! A tab: one page of the origin, from its load to its end.

use super::agenda::{Happening, Kind, What};
use super::chance::Chance;
use super::locks::{self, Lock};
use super::network::{self, Pending};
use super::provider;
use super::tasks::TaskFuture;
use super::world::{Shared, received};
use crate::platform::{Area, CryptoError, KeyError, Platform, Signal, StorageError};
use crate::protocol::Millis;
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::jose::Algorithm;
use crate::protocol::json::{self, Json};
use crate::protocol::jwks::Jwk;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::{Rc, Weak};

/// Tells the pages of a world apart; a reload makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u32);

/// A page, or a worker. Clones are handles to the same one.
#[derive(Clone)]
pub struct Tab {
    pub(super) world: Rc<Shared>,
    pub(super) state: Rc<TabState>,
}

pub(super) struct TabState {
    id: TabId,
    /// `None` in a worker.
    url: RefCell<Option<String>>,
    visible: Cell<bool>,
    phase: Cell<Phase>,
    leaving: Cell<bool>,
    navigated: RefCell<Option<String>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    listener_serial: Cell<u64>,
    /// Counts what the page has asked for.
    serial: Cell<u64>,
    /// A fingerprint of everything that the page was told, in its order: what it does follows from that.
    told: Cell<u64>,
    /// What it has asked the storage for.
    operations: RefCell<VecDeque<Happening>>,
    /// What arrived while the page was frozen.
    missed: RefCell<Vec<Signal>>,
    requests: RefCell<Vec<Weak<Pending>>>,
    entropy: RefCell<Chance>,
}

type Listener = Rc<dyn Fn(Signal)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    Frozen,
    Suspended,
    Gone,
}

/// Listens while it lives.
pub struct Watch {
    tab: Weak<TabState>,
    id: u64,
}

/// A call that a test made in a tab.
pub struct Call<T>(Rc<RefCell<Option<T>>>);

impl Tab {
    pub(super) fn open(world: Rc<Shared>, id: TabId, url: Option<&str>, entropy: Chance) -> Tab {
        let state = TabState {
            id,
            url: RefCell::new(url.map(str::to_owned)),
            visible: Cell::new(true),
            phase: Cell::new(Phase::Running),
            leaving: Cell::new(false),
            navigated: RefCell::default(),
            listeners: RefCell::default(),
            listener_serial: Cell::new(0),
            serial: Cell::new(0),
            told: Cell::new(0),
            operations: RefCell::default(),
            missed: RefCell::default(),
            requests: RefCell::default(),
            entropy: RefCell::new(entropy),
        };
        Tab { world, state: Rc::new(state) }
    }

    /// Which page this is.
    pub fn id(&self) -> TabId {
        self.state.id
    }

    /// Runs something in this page. If the page goes, so does the call: it stays without a result.
    pub fn call<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Call<T> {
        let result = Rc::new(RefCell::new(None));
        let settle = result.clone();
        self.spawn(async move {
            let value = future.await;
            *settle.borrow_mut() = Some(value);
        });
        Call(result)
    }

    /// Whether it is a worker: it has no address, no mirror, and nobody sees or leaves it.
    pub fn is_worker(&self) -> bool {
        self.state.url.borrow().is_none()
    }

    /// Where this page went.
    pub fn navigated(&self) -> Option<String> {
        self.state.navigated.borrow().clone()
    }

    /// Whether it is neither frozen nor gone.
    pub fn is_running(&self) -> bool {
        self.state.phase.get() == Phase::Running
    }

    /// Whether it is gone for good.
    pub fn is_gone(&self) -> bool {
        self.state.phase.get() == Phase::Gone
    }

    /// The process dies: whatever ran in it is no more, and the browser gives its locks to others.
    pub fn kill(&self) {
        self.state.phase.set(Phase::Gone);
        self.state.listeners.borrow_mut().clear();
        self.world.drop_tasks_of_gone_tabs();
    }

    /// The page is unloaded: its requests are aborted, their failures are still handled, and then it is gone. A worker
    /// is told nothing.
    pub fn unload(&self) {
        if matches!(self.state.phase.get(), Phase::Frozen | Phase::Suspended) || self.is_worker() {
            return self.kill();
        }
        self.state.leaving.set(true);
        self.state.hear(Signal::Leaving);
        let requests = std::mem::take(&mut *self.state.requests.borrow_mut());
        for request in requests.iter().filter_map(Weak::upgrade) {
            request.settle(&self.world, Err(TransportError::Network));
        }
        let this = self.clone();
        let what = What { tab: self.state.id, kind: Kind::Gone, detail: 0 };
        self.world.soon(what, 1, 30, move |_| this.kill());
    }

    /// Nothing in this page runs until [`Tab::thaw`].
    pub fn freeze(&self) {
        if self.is_running() {
            if !self.is_worker() {
                self.state.hear(Signal::Leaving);
            }
            self.state.phase.set(Phase::Frozen);
        }
    }

    /// Nothing in this page runs until [`Tab::thaw`], and nobody tells it: a breakpoint, a dialog, a stopped process.
    pub fn suspend(&self) {
        if self.is_running() {
            self.state.phase.set(Phase::Suspended);
        }
    }

    /// The page runs again. What others announced meanwhile is lost, or arrives late.
    pub fn thaw(&self) {
        match self.state.phase.replace(Phase::Running) {
            Phase::Frozen if !self.is_worker() => self.state.hear(Signal::Awake),
            Phase::Frozen | Phase::Suspended => {}
            other => return self.state.phase.set(other),
        }
        for signal in std::mem::take(&mut *self.state.missed.borrow_mut()) {
            // A worker's messages wait for it.
            if self.is_worker() || self.world.chance.borrow_mut().coin() {
                self.state.hear(signal);
            }
        }
    }

    /// Shows or hides the page.
    pub fn set_visible(&self, visible: bool) {
        if self.is_worker() {
            return;
        }
        let before = self.state.visible.replace(visible);
        if visible && !before && self.is_running() {
            self.state.hear(Signal::Awake);
        }
    }

    /// Something happens around the page.
    pub fn signal(&self, signal: Signal) {
        self.state.told(fingerprint(&signal));
        self.state.hear(signal);
    }

    /// After the time that a storage operation takes.
    async fn storage<T: Hash + 'static>(
        &self,
        kind: Kind,
        operation: impl FnOnce(&Rc<Shared>) -> Result<T, StorageError> + 'static,
    ) -> Result<T, StorageError> {
        let state = Rc::downgrade(&self.state);
        let (tab, serial) = (self.state.id, self.state.next_serial());
        let (sender, performed) = oneshot::channel();
        let perform = Box::new(move |world: &Rc<Shared>| {
            // An operation of a page that has just died may have been under way, or not.
            let gone = state.upgrade().is_none_or(|state| state.is_gone());
            let outcome = if gone && world.chance.borrow_mut().coin() { Err(StorageError) } else { operation(world) };
            world.told(tab, (kind, serial, outcome.as_ref().ok()));
            // Nobody may be waiting any more.
            let _ = sender.send(outcome);
        });
        // As IndexedDB has it: the operations of one page are performed in the order in which it asked for them.
        let queue = self.state.clone();
        queue.operations.borrow_mut().push_back(perform);
        self.world.soon(What { tab, kind, detail: serial }, 0, 4, move |world| {
            let next = queue.operations.borrow_mut().pop_front();
            next.into_iter().for_each(|operation| operation(world));
        });
        let outcome = received(performed).await;
        // What comes of two operations need not come in the order in which they were performed.
        self.world.after(What { tab, kind: Kind::Stored, detail: serial }, 0, 2, |_| ()).await;
        outcome
    }

    /// It hears that, after a while.
    pub(super) fn hears_after(world: &Shared, delay: Millis, state: Rc<TabState>, signal: Signal) {
        let tab = state.id;
        let detail = fingerprint(&signal);
        world.soon(What { tab, kind: Kind::News, detail }, delay, delay + 15, move |world| {
            world.told(tab, (Kind::News, detail));
            state.hear(signal);
        });
    }

    fn reflect(&self, area: Area, key: &str, truth: Option<&str>) {
        if self.is_worker() {
            return;
        }
        let world = &self.world;
        let changed = {
            let mut chance = world.chance.borrow_mut();
            world.storage.borrow_mut().reflect(area, key, truth, self.state.id, world.time(), &mut chance)
        };
        if let Some(lag) = changed {
            self.tell_others(lag, || Signal::Mirrored(key.to_owned(), truth.map(str::to_owned)));
        }
    }

    /// What the others hear of this page, also when it is gone by then.
    fn tell_others(&self, delay: Millis, signal: impl Fn() -> Signal) {
        for other in self.world.tabs() {
            let signal = signal();
            // The mirror's news are for pages.
            let deaf = matches!(signal, Signal::Mirrored(..)) && other.url.borrow().is_none();
            if other.id != self.state.id && !deaf {
                Tab::hears_after(&self.world, delay, other, signal);
            }
        }
    }
}

impl<T> Call<T> {
    /// Whether it has come to its end.
    pub fn is_settled(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// What came of it, once.
    pub fn take(&self) -> Option<T> {
        self.0.borrow_mut().take()
    }
}

impl TabState {
    pub(super) fn id(&self) -> TabId {
        self.id
    }

    /// Of the next thing that it asks for.
    pub(super) fn next_serial(&self) -> u64 {
        self.serial.set(self.serial.get() + 1);
        self.serial.get()
    }

    /// It is told that.
    pub(super) fn told(&self, what: impl Hash) {
        self.told.set(fingerprint(&(self.told.get(), what)));
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.get()
    }

    pub(super) fn runs(&self) -> bool {
        self.phase.get() == Phase::Running
    }

    pub(super) fn is_gone(&self) -> bool {
        self.phase.get() == Phase::Gone
    }

    pub(super) fn remember_request(&self, request: &Rc<Pending>) {
        let mut requests = self.requests.borrow_mut();
        requests.retain(|request| request.strong_count() > 0);
        requests.push(Rc::downgrade(request));
    }

    pub(super) fn hear(&self, signal: Signal) {
        if matches!(self.phase.get(), Phase::Frozen | Phase::Suspended) {
            return self.missed.borrow_mut().push(signal);
        }
        let listeners: Vec<Listener> = self.listeners.borrow().iter().map(|(_, listener)| listener.clone()).collect();
        for listener in listeners {
            listener(signal.clone());
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(tab) = self.tab.upgrade() {
            // A listener may hold what listens: it is dropped without a borrow.
            let mut listeners = tab.listeners.borrow_mut();
            let place = listeners.iter().position(|(id, _)| *id == self.id);
            let removed = place.map(|place| listeners.remove(place));
            drop(listeners);
            drop(removed);
        }
    }
}

impl Platform for Tab {
    type Lock = Lock;
    type Watch = Watch;
    type Window = ();

    fn parse_json(text: &str) -> Option<Json> {
        json::parse(text)
    }

    fn now(&self) -> Millis {
        self.world.wall_clock()
    }

    fn monotonic(&self) -> Millis {
        self.world.monotonic()
    }

    fn sleep(&self, duration: Millis) -> impl Future<Output = ()> + 'static {
        // Browsers slow the timers of pages that nobody looks at.
        let late = if self.state.visible.get() { 4 } else { 1_000 };
        let (tab, detail) = (self.state.id, self.state.next_serial());
        let what = What { tab, kind: Kind::Timer, detail };
        self.world.after_long(what, duration, duration + late, move |world| world.told(tab, (Kind::Timer, detail)))
    }

    fn random(&self) -> [u8; 32] {
        self.state.entropy.borrow_mut().octets()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let task: TaskFuture = Box::pin(task);
        if self.state.phase.get() == Phase::Gone {
            return;
        }
        self.world.tasks.borrow_mut().add(self.state.id, task);
    }

    fn send(
        &self,
        request: Request,
        timeout: Millis,
    ) -> impl Future<Output = Result<Box<Response>, TransportError>> + 'static {
        network::send(self.world.clone(), self.state.clone(), request, timeout)
    }

    async fn verify(
        &self,
        key: &Jwk,
        _algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        let good = provider::signature(key.json.str("x").ok_or(CryptoError::InvalidKey)?, signed) == signature;
        let (tab, detail) = (self.state.id, self.state.next_serial());
        let told = move |world: &Rc<Shared>| {
            world.told(tab, (Kind::Verified, detail, good));
            Ok(good)
        };
        self.world.after(What { tab, kind: Kind::Verified, detail }, 0, 1, told).await
    }

    async fn create_key(&self, name: &str) -> Result<Json, KeyError> {
        let id = self.state.entropy.borrow_mut().octets();
        let public = provider::public_key(&id);
        let (name, kept) = (name.to_owned(), public.clone());
        self.storage(Kind::Write, move |world| world.keep_key(&name, kept)).await.map_err(|_| KeyError::Storage)?;
        Ok(public)
    }

    async fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let wanted = name.to_owned();
        let find =
            move |world: &Rc<Shared>| Ok(world.key(&wanted).map(|key| key.str("x").unwrap_or_default().to_owned()));
        let key = self.storage(Kind::Read, find).await.map_err(|_| KeyError::Storage)?;
        Ok(provider::signature(&key.ok_or(KeyError::Lost)?, signed))
    }

    async fn remove_keys(&self, prefix: &str) {
        let start = prefix.to_owned();
        let removed = self.storage(Kind::Write, move |world| {
            world.remove_keys(&start);
            Ok(())
        });
        // What cannot be removed stays.
        let _ = removed.await;
    }

    fn snapshot(&self, prefix: &str) -> Vec<(String, String)> {
        if self.is_worker() {
            return Vec::new();
        }
        self.world.storage.borrow().mirrored(prefix, self.state.id, self.world.time())
    }

    async fn read(&self, area: Area, key: &str) -> Result<Option<String>, StorageError> {
        let name = key.to_owned();
        let truth = self.storage(Kind::Read, move |world| world.storage.borrow().read(&name)).await?;
        self.reflect(area, key, truth.as_deref());
        Ok(truth)
    }

    async fn list(&self, area: Area, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let start = prefix.to_owned();
        let truth = self.storage(Kind::Read, move |world| world.storage.borrow().list(&start)).await?;
        for (key, _) in self.snapshot(prefix) {
            if !truth.iter().any(|(name, _)| *name == key) {
                self.reflect(area, &key, None);
            }
        }
        truth.iter().for_each(|(key, value)| self.reflect(area, key, Some(value)));
        Ok(truth)
    }

    async fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        if new.is_none() {
            self.reflect(area, key, None);
        }
        let (by, name) = (self.state.id, key.to_owned());
        let (old, value) = (expected.map(str::to_owned), new.map(str::to_owned));
        let swap = move |world: &Rc<Shared>| {
            let mut storage = world.storage.borrow_mut();
            storage.swap(&name, old.as_deref(), value.as_deref(), by, world.time())
        };
        let swapped = self.storage(Kind::Write, swap).await?;
        if swapped {
            self.reflect(area, key, new);
        } else if new.is_none() {
            self.read(area, key).await?;
        }
        Ok(swapped)
    }

    fn lock(&self, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
        locks::request(&self.world, &self.state, name)
    }

    fn announce(&self, key: &str) {
        self.tell_others(0, || Signal::Changed(key.to_owned()));
    }

    fn watch(&self, listener: impl Fn(Signal) + 'static) -> Watch {
        let id = self.state.listener_serial.get() + 1;
        self.state.listener_serial.set(id);
        self.state.listeners.borrow_mut().push((id, Rc::new(listener)));
        Watch { tab: Rc::downgrade(&self.state), id }
    }

    fn is_online(&self) -> bool {
        self.world.is_online()
    }

    fn is_visible(&self) -> bool {
        self.state.visible.get()
    }

    fn url(&self) -> Option<String> {
        self.state.url.borrow().clone()
    }

    fn replace_url(&self, url: &str) {
        if let Some(here) = &mut *self.state.url.borrow_mut() {
            *here = url.to_owned();
        }
    }

    fn navigate(&self, url: &str) -> bool {
        if self.is_worker() {
            return false;
        }
        *self.state.navigated.borrow_mut() = Some(url.to_owned());
        true
    }
}

/// Tells values apart.
pub(super) fn fingerprint(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
