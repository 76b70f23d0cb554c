//! A tab: one page of the origin, from its load to its end.

use super::agenda::Happening;
use super::chance::Chance;
use super::network::Pending;
use super::shared::Shared;
use crate::platform::{Platform as _, Signal};
use crate::protocol::Millis;
use crate::protocol::http::TransportError;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
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
    pub(super) id: TabId,
    /// `None` in a worker.
    pub(super) url: RefCell<Option<String>>,
    pub(super) visible: Cell<bool>,
    pub(super) phase: Cell<Phase>,
    leaving: Cell<bool>,
    pub(super) navigated: RefCell<Option<String>>,
    pub(super) listeners: RefCell<Vec<(u64, Listener)>>,
    pub(super) listener_serial: Cell<u64>,
    /// What it has asked the storage for.
    pub(super) operations: RefCell<VecDeque<Happening>>,
    /// What arrived while the page was frozen.
    missed: RefCell<Vec<Signal>>,
    requests: RefCell<Vec<Weak<Pending>>>,
    pub(super) entropy: RefCell<Chance>,
}

pub(super) type Listener = Rc<dyn Fn(Signal)>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    Frozen,
    Suspended,
    Gone,
}

/// Listens while it lives.
pub struct Watch {
    pub(super) tab: Weak<TabState>,
    pub(super) id: u64,
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

    /// Whether it is a worker: it has no address, no view, and nobody sees or leaves it.
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
        self.world.soon(1, 30, move |_| this.kill());
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
        self.state.hear(signal);
    }

    /// It hears that, after a while.
    pub(super) fn hears_after(world: &Shared, delay: Millis, state: Rc<TabState>, signal: Signal) {
        world.soon(delay, delay + 15, move |_| state.hear(signal));
    }

    /// What the others hear of this page, also when it is gone by then.
    pub(super) fn tell_others(&self, delay: Millis, signal: impl Fn() -> Signal) {
        for other in self.world.tabs() {
            let signal = signal();
            // The view's news are for pages.
            let deaf = matches!(signal, Signal::Viewed(..)) && other.url.borrow().is_none();
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
