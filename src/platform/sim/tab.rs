//! A tab: one page of the origin, from its load to its end.

use super::chance::Chance;

use super::locks::{self, Lock};
use super::network::{self, Pending};
use super::provider;
use super::tasks::TaskFuture;
use super::world::Shared;
use crate::platform::{Area, CryptoError, KeyError, Platform, Signal, StorageError};
use crate::protocol::Millis;
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::jose::Algorithm;
use crate::protocol::json::{self, Json};
use crate::protocol::jwks::Jwk;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::{Rc, Weak};

/// Tells the pages of a world apart; a reload makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u32);

/// A page. Clones are handles to the same one.
#[derive(Clone)]
pub struct Tab {
    pub(super) world: Rc<Shared>,
    pub(super) state: Rc<TabState>,
}

pub(super) struct TabState {
    id: TabId,
    url: RefCell<String>,
    visible: Cell<bool>,
    phase: Cell<Phase>,
    leaving: Cell<bool>,
    navigated: RefCell<Option<String>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    listener_serial: Cell<u64>,
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
    pub(super) fn open(world: Rc<Shared>, id: TabId, url: &str, entropy: Chance) -> Tab {
        let state = TabState {
            id,
            url: RefCell::new(url.to_owned()),
            visible: Cell::new(true),
            phase: Cell::new(Phase::Running),
            leaving: Cell::new(false),
            navigated: RefCell::default(),
            listeners: RefCell::default(),
            listener_serial: Cell::new(0),
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

    /// The page is unloaded: its requests are aborted, their failures are still handled, and then it is gone.
    pub fn unload(&self) {
        if matches!(self.state.phase.get(), Phase::Frozen | Phase::Suspended) {
            return self.kill();
        }
        self.state.leaving.set(true);
        self.state.hear(Signal::Leaving);
        let requests = std::mem::take(&mut *self.state.requests.borrow_mut());
        for request in requests.iter().filter_map(Weak::upgrade) {
            request.settle(&self.world, Err(TransportError::Network));
        }
        let this = self.clone();
        self.world.later(1, 30, move |_| this.kill());
    }

    /// Nothing in this page runs until [`Tab::thaw`].
    pub fn freeze(&self) {
        if self.is_running() {
            self.state.hear(Signal::Leaving);
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
            Phase::Frozen => self.state.hear(Signal::Awake),
            Phase::Suspended => {}
            other => return self.state.phase.set(other),
        }
        for signal in std::mem::take(&mut *self.state.missed.borrow_mut()) {
            if self.world.chance.borrow_mut().percent(50) {
                self.state.hear(signal);
            }
        }
    }

    /// Shows or hides the page.
    pub fn set_visible(&self, visible: bool) {
        let before = self.state.visible.replace(visible);
        if visible && !before && self.is_running() {
            self.state.hear(Signal::Awake);
        }
    }

    /// Something happens around the page.
    pub fn signal(&self, signal: Signal) {
        self.state.hear(signal);
    }

    /// After the time that a storage operation takes.
    async fn storage<T: 'static>(
        &self,
        operation: impl FnOnce(&Rc<Shared>) -> Result<T, StorageError> + 'static,
    ) -> Result<T, StorageError> {
        let state = Rc::downgrade(&self.state);
        let perform = self.world.after(0, 4, move |world| {
            // An operation of a page that has just died may have been under way, or not.
            let gone = state.upgrade().is_none_or(|state| state.is_gone());
            if gone && world.chance.borrow_mut().percent(50) { Err(StorageError) } else { operation(world) }
        });
        let outcome = perform.await;
        // What comes of two operations need not come in the order in which they were performed.
        self.world.after(0, 2, |_| ()).await;
        outcome
    }

    fn reflect(&self, area: Area, key: &str, truth: Option<&str>) {
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
            if other.id != self.state.id {
                let signal = signal();
                self.world.later(delay, delay + 15, move |_| other.hear(signal));
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
        self.world.after(duration, duration + late, |_| ())
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
        self.world.after(0, 1, move |_| Ok(good)).await
    }

    async fn create_key(&self, name: &str) -> Result<Json, KeyError> {
        let id = self.state.entropy.borrow_mut().octets();
        let public = provider::public_key(&id);
        let (name, kept) = (name.to_owned(), public.clone());
        self.storage(move |world| world.keep_key(&name, kept)).await.map_err(|_| KeyError::Storage)?;
        Ok(public)
    }

    async fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let wanted = name.to_owned();
        let key = self.storage(move |world| Ok(world.key(&wanted))).await.map_err(|_| KeyError::Storage)?;
        let key = key.ok_or(KeyError::Lost)?;
        Ok(provider::signature(key.str("x").unwrap_or_default(), signed))
    }

    async fn remove_keys(&self, prefix: &str) {
        let start = prefix.to_owned();
        let removed = self.storage(move |world| {
            world.remove_keys(&start);
            Ok(())
        });
        // What cannot be removed stays.
        let _ = removed.await;
    }

    fn snapshot(&self, prefix: &str) -> Vec<(String, String)> {
        self.world.storage.borrow().mirrored(prefix, self.state.id, self.world.time())
    }

    async fn read(&self, area: Area, key: &str) -> Result<Option<String>, StorageError> {
        let name = key.to_owned();
        let truth = self.storage(move |world| world.storage.borrow().read(&name)).await?;
        self.reflect(area, key, truth.as_deref());
        Ok(truth)
    }

    async fn list(&self, area: Area, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let start = prefix.to_owned();
        let truth = self.storage(move |world| world.storage.borrow().list(&start)).await?;
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
        let swapped = self.storage(swap).await?;
        if swapped {
            self.reflect(area, key, new);
        } else if new.is_none() {
            self.read(area, key).await?;
        }
        Ok(swapped)
    }

    fn lock(&self, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
        locks::request(&self.world, name)
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
        Some(self.state.url.borrow().clone())
    }

    fn replace_url(&self, url: &str) {
        *self.state.url.borrow_mut() = url.to_owned();
    }

    fn navigate(&self, url: &str) -> bool {
        *self.state.navigated.borrow_mut() = Some(url.to_owned());
        true
    }
}
