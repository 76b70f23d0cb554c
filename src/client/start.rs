//! The client: made, started, closed.

use super::accounts::Entry;
use super::config::{Config, Level, LogEntry};
use super::keys::KnownKeys;
use super::listeners::{Listeners, Subscription};
use super::oneshot;
use super::redirect::{Arrival, Redirect};
use super::refresh::Flight;
use super::refusals::Refusal;
use super::shell::Opened;
use super::shown::Truth;
use super::sign_in::RedirectResult;
use super::state::AuthState;
use super::store::Store;
use crate::platform::{Area, Platform, Signal};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::Json;
use crate::protocol::metadata::ServerMetadata;
use crate::session::event::{Event, SignedOutReason};
use crate::session::record::Record;
use crate::session::schedule::Jitter;
use crate::session::transaction::{self, Transaction};
use crate::session::view;
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};

/// Signs people in and keeps them signed in. Clones are handles to the same instance.
pub struct Client<P: Platform> {
    pub(super) inner: Rc<Inner<P>>,
}

pub(super) struct Inner<P: Platform> {
    pub(super) platform: P,
    pub(super) config: Config,
    pub(super) store: Store<P>,
    pub(super) entries: RefCell<Vec<Entry>>,
    pub(super) state: RefCell<Rc<AuthState>>,
    pub(super) states: Listeners<Rc<AuthState>>,
    pub(super) events: Listeners<Event>,
    /// Told when what was handed out before may not be again.
    pub(super) doubts: Listeners<()>,
    /// Counts the changes of `entries`: what was read before a change says nothing after it.
    pub(super) version: Cell<u64>,
    pub(super) waiting_for_change: RefCell<Vec<oneshot::Sender<()>>>,
    /// The keys that are being read because of news, and whether more news came meanwhile.
    pub(super) following: RefCell<Vec<(String, bool)>>,
    pub(super) flights: RefCell<Vec<Flight<P>>>,
    pub(super) refusals: RefCell<Vec<Refusal>>,
    pub(super) redirects: RefCell<Vec<Redirect>>,
    pub(super) opened: RefCell<Option<Opened>>,
    pub(super) metadata: RefCell<Vec<(String, Millis, Rc<ServerMetadata>)>>,
    pub(super) keys: KnownKeys,
    /// Dropping it cancels the background timer.
    pub(super) alarm: RefCell<Option<oneshot::Sender<()>>>,
    /// Grants that were signed out of here, but could not be removed from the storage: they are no sessions any more.
    pub(super) signed_out: RefCell<Vec<String>>,
    /// Since everything was signed out, until the next sign-in: the storage is to stay as it was before the first use.
    pub(super) caches_nothing: Cell<bool>,
    pub(super) leaving: Cell<bool>,
    /// How often the page was frozen, or left for the back/forward cache.
    pub(super) freezes: Cell<u32>,
    /// Somebody tries again to write what could not be written.
    pub(super) writes_again: Cell<bool>,
    /// So many times the storage was cleared and has not been read since: what is missing has not been signed out of by
    /// anybody.
    pub(super) cleared: Cell<u32>,
    pub(super) view_key: String,
    /// The text of the view of what is known here.
    pub(super) shown: RefCell<Option<String>>,
    pub(super) truth: Cell<Truth>,
    /// The page was frozen or in the back/forward cache, and the store has not been read since.
    pub(super) unsure: Cell<bool>,
    pub(super) closed: Cell<bool>,
    /// The last DPoP nonce of each origin.
    pub(super) nonces: RefCell<Vec<(String, String)>>,
    /// The token that an API refused though it was renewed on its account: renewing is no answer to that API.
    pub(super) refused_anew: RefCell<Option<Rc<str>>>,
    /// Drawn once per client: see [`Jitter`].
    pub(super) jitter: Jitter,
    /// For tasks that this instance begins by itself.
    pub(super) this: RefCell<Weak<Inner<P>>>,
    redirect_result: RefCell<Option<RedirectResult>>,
    watch: RefCell<Option<P::Watch>>,
}

impl<P: Platform> Clone for Client<P> {
    fn clone(&self) -> Self {
        Client { inner: self.inner.clone() }
    }
}

/// Whether both are handles to the same instance.
impl<P: Platform> PartialEq for Client<P> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl<P: Platform> Client<P> {
    /// A client that has not started yet. A configuration that cannot work is refused with the member's name.
    pub fn new(platform: P, config: Config) -> Result<Self, Error> {
        config.check()?;
        let [jitter, ..] = platform.random();
        let inner = Inner {
            jitter,
            this: RefCell::default(),
            store: Store::new(platform.clone()),
            view_key: view::key(&config.namespace, &config.configuration()),
            platform,
            config,
            entries: RefCell::default(),
            state: RefCell::default(),
            states: Listeners::new(),
            events: Listeners::new(),
            doubts: Listeners::new(),
            version: Cell::new(0),
            waiting_for_change: RefCell::default(),
            following: RefCell::default(),
            flights: RefCell::default(),
            refusals: RefCell::default(),
            redirects: RefCell::default(),
            opened: RefCell::default(),
            metadata: RefCell::default(),
            keys: KnownKeys::default(),
            alarm: RefCell::default(),
            signed_out: RefCell::default(),
            caches_nothing: Cell::new(false),
            leaving: Cell::new(false),
            freezes: Cell::new(0),
            writes_again: Cell::new(false),
            cleared: Cell::new(0),
            shown: RefCell::default(),
            truth: Cell::new(Truth::Read),
            unsure: Cell::new(false),
            closed: Cell::new(false),
            nonces: RefCell::default(),
            refused_anew: RefCell::default(),
            redirect_result: RefCell::default(),
            watch: RefCell::default(),
        };
        let inner = Rc::new(inner);
        *inner.this.borrow_mut() = Rc::downgrade(&inner);
        Ok(Client { inner })
    }

    /// Restores the stored sessions, finishes a sign-in that the page's URL is the response to, and begins to keep the
    /// sessions fresh. Waits for the network only to finish a sign-in. Never fails: see [`Client::redirect_result`].
    pub async fn start(&self) {
        self.start_at(self.inner.platform.url().map(Arrival::at)).await;
    }

    /// The same where the page's address was read before: a router may have changed it since.
    pub async fn start_at(&self, arrival: Option<Arrival>) {
        self.begin(self.inner.platform.view(&self.inner.view_key), false, arrival).await;
    }

    /// The same for a page that has shown this view already (empty: that nobody is signed in), and goes on to do so until this is ready: the records were
    /// read then, and what they differ in has been told. Such a page has come without a response.
    pub async fn start_from(&self, view: String) {
        self.begin(Some(view), true, None).await;
    }

    async fn begin(&self, view: Option<String>, to_the_end: bool, arrival: Option<Arrival>) {
        self.watch();
        self.inner.platform.arrived();
        let restored = self.inner.restore_view(view);
        if to_the_end {
            self.inner.truth.set(Truth::Awaited);
        }
        self.inner.refresh_state();
        // Before anything is waited for, so that the response leaves the address bar before anything else happens.
        if let Some(arrival) = arrival.filter(|_| self.inner.config.handle_redirect) {
            let result = self.handle_arrival(arrival).await;
            *self.inner.redirect_result.borrow_mut() = result;
        }
        let at_once = restored && !to_the_end;
        let read = if at_once { None } else { Some(self.inner.read_truth().await) };
        self.inner.refresh_state();
        let inner = self.inner.clone();
        self.inner.platform.spawn(async move {
            let read = match read {
                Some(read) => read,
                None => inner.read_truth().await,
            };
            inner.sweep_transactions(0).await;
            if read {
                inner.sweep_keys().await;
            }
        });
        self.inner.rearm();
    }

    /// What became of the authorization response in the URL that this page was loaded with; `None` if there was none.
    pub fn redirect_result(&self) -> Option<RedirectResult> {
        self.inner.redirect_result.borrow().clone()
    }

    /// The state now: the same snapshot until something changes.
    pub fn state(&self) -> Rc<AuthState> {
        self.inner.state.borrow().clone()
    }

    /// Tells of every new state.
    pub fn subscribe(&self, listener: impl Fn(&Rc<AuthState>) + 'static) -> Subscription {
        self.inner.states.add(listener)
    }

    /// Tells what happens to sessions, in this context and in others.
    pub fn on_event(&self, listener: impl Fn(&Event) + 'static) -> Subscription {
        self.inner.events.add(listener)
    }

    /// Tells when the token that was handed out last may not be handed out again without asking: after every change, and
    /// where one may have been missed.
    pub fn on_doubt(&self, listener: impl Fn() + 'static) -> Subscription {
        self.inner.doubts.add(move |()| listener())
    }

    /// Where this client runs.
    pub fn platform(&self) -> &P {
        &self.inner.platform
    }

    /// Stops timers, listeners and channels; the stored sessions stay. Calls from now on fail with
    /// [`ErrorCode::Closed`].
    pub fn close(&self) {
        let inner = &self.inner;
        inner.closed.set(true);
        inner.watch.borrow_mut().take();
        inner.alarm.borrow_mut().take();
        inner.opened.borrow_mut().take();
        inner.states.clear();
        inner.events.clear();
        inner.doubts.tell(&());
        inner.doubts.clear();
    }

    /// The listener holds no handle, so an instance that nobody holds goes away.
    fn watch(&self) {
        let inner = Rc::downgrade(&self.inner);
        let watch = self.inner.platform.watch(move |signal| {
            if let Some(inner) = inner.upgrade() {
                inner.notice(signal);
            }
        });
        *self.inner.watch.borrow_mut() = Some(watch);
    }
}

impl<P: Platform> Inner<P> {
    pub(super) fn require_open(&self) -> Result<(), Error> {
        if self.closed.get() { Err(Error::new(ErrorCode::Closed, "the instance was closed")) } else { Ok(()) }
    }

    pub(super) fn log(&self, level: Level, event: &'static str, fields: Vec<(&'static str, Json)>) {
        if let Some(logger) = &self.config.logger {
            logger(&LogEntry { time: self.platform.now(), level, event, fields });
        }
    }

    /// Something in the storage failed: from now on, sessions live in memory.
    pub(super) fn degrade(&self) {
        if self.store.degrade() {
            self.log(Level::Warn, "storage_degraded", Vec::new());
            let message = "the storage cannot be used (blocked or full): sessions now live in memory";
            self.emit(&Event::StorageDegraded(Error::new(ErrorCode::Storage, message)));
        }
    }

    /// A record of another configuration is somebody's; one that nobody can read, or that was signed out, is nobody's.
    pub(super) async fn discard(&self, key: &str, text: &str) {
        if self.is_anothers_session(key, text) {
            return;
        }
        match Record::decode(text, key, &self.config.namespace, P::parse_json) {
            Ok(record) if !self.is_signed_out(&record) => return,
            Ok(_) => {}
            Err(_) => self.log(Level::Warn, "record_unreadable", Vec::new()),
        }
        // What cannot be removed is ignored again next time. Whoever could read it hears of it.
        if let Ok(true) = self.store.swap(key, Some(text), None).await {
            self.platform.announce(key);
        }
    }

    /// Removes what is no longer pending, and makes room for so many new ones.
    pub(super) async fn sweep_transactions(&self, room: usize) {
        let prefix = transaction::prefix(&self.config.namespace);
        let Ok(mut stored) = self.platform.list(Area::Transactions, &prefix).await else { return };
        stored.retain(|(_, text)| !self.is_anothers_transaction(text));
        let now = self.platform.now();
        for (key, text) in transaction::superfluous(stored, now, room, P::parse_json) {
            // Another tab may have swept it already.
            if let Ok(true) = self.platform.swap(Area::Transactions, &key, Some(&text), None).await
                && let Ok(transaction) = Transaction::decode(&text, P::parse_json)
            {
                self.drop_key(transaction.key()).await;
            }
        }
    }

    fn notice(self: &Rc<Self>, signal: Signal) {
        let inner = self.clone();
        self.mend_clock();
        match signal {
            Signal::Leaving => {
                self.leaving.set(true);
                self.doubts.tell(&());
                self.freezes.set(self.freezes.get().wrapping_add(1));
                self.give_up_turns();
            }
            Signal::Changed(key) => self.follow(key),
            Signal::Viewed(key, text) if key == self.view_key => {
                self.news_in(text.as_deref()).into_iter().for_each(|key| self.follow(key));
            }
            Signal::Viewed(..) => {}
            Signal::Cleared => {
                self.cleared.set(self.cleared.get() + 1);
                self.platform.spawn(async move {
                    inner.reread_all(SignedOutReason::StorageCleared).await;
                    inner.cleared.set(inner.cleared.get() - 1);
                });
            }
            Signal::Awake => {
                // Who was frozen has heard nothing: nothing is handed out before the store was read again.
                if self.leaving.replace(false) {
                    self.unsure.set(true);
                    self.doubts.tell(&());
                }
                self.platform.spawn(async move {
                    inner.first_reading().await;
                    inner.reread_all(SignedOutReason::OtherContext).await;
                    inner.unsure.set(false);
                    inner.changed();
                });
            }
            Signal::Online => self.retry_now(),
        }
    }
}
