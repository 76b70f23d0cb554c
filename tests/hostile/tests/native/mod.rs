//! A browser of our own for native tests: an origin with its storage, pages in it, a clock that can be turned, and
//! requests over real HTTP, read as `fetch` in a page would let them be read.

mod executor;
mod http;
mod sign;
mod verify;

use executor::Tasks;
use futures_channel::oneshot;
use keyward::platform::{Area, CryptoError, KeyError, Platform, Signal, StorageError};
use keyward::protocol::Millis;
use keyward::protocol::http::{Request, Response, TransportError};
use keyward::protocol::jose::Algorithm;
use keyward::protocol::json::{self, Json};
use keyward::protocol::jwks::Jwk;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use executor::Lock;
pub(crate) use verify::verify;

/// An origin in a browser: what its pages share.
#[derive(Default)]
pub(crate) struct Origin {
    storage: RefCell<BTreeMap<String, String>>,
    views: RefCell<BTreeMap<String, String>>,
    pub(crate) keys: sign::Keys,
    locks: executor::Locks,
    clock_offset: Cell<Millis>,
    /// What was told to other pages.
    pub(crate) announced: RefCell<Vec<String>>,
    /// How often the address of a page was replaced, and with what.
    pub(crate) replaced: RefCell<Vec<String>>,
    /// What the platform did, in order.
    pub(crate) course: RefCell<Vec<String>>,
    /// Addresses that are not on this machine, and what is there in their place.
    stand_ins: RefCell<Vec<(String, String)>>,
}

/// A page. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Page(Rc<PageState>);

struct PageState {
    origin: Rc<Origin>,
    tasks: Tasks,
    url: RefCell<String>,
    navigated: RefCell<Option<String>>,
    returns: RefCell<Vec<oneshot::Sender<()>>>,
    alarms: RefCell<Vec<(Millis, oneshot::Sender<()>)>>,
}

impl Origin {
    pub(crate) fn new() -> Rc<Origin> {
        Rc::default()
    }

    /// Loads that URL of the origin.
    pub(crate) fn open(self: &Rc<Origin>, url: &str) -> Page {
        Page(Rc::new(PageState {
            origin: self.clone(),
            tasks: Tasks::default(),
            url: RefCell::new(url.to_owned()),
            navigated: RefCell::default(),
            returns: RefCell::default(),
            alarms: RefCell::default(),
        }))
    }

    /// Turns the machine's clock without anybody noticing.
    pub(crate) fn turn_clock(&self, by: Millis) {
        self.clock_offset.set(self.clock_offset.get() + by);
    }

    /// From now on requests to that address, whatever their query, go to another one.
    pub(crate) fn stand_in(&self, address: &str, local: &str) {
        self.stand_ins.borrow_mut().push((address.to_owned(), local.to_owned()));
    }

    /// Where a request to that URL really goes.
    pub(crate) fn locate(&self, url: &str) -> String {
        let address = url.split('?').next().unwrap_or_default();
        let stand_ins = self.stand_ins.borrow();
        let local = stand_ins.iter().find(|(replaced, _)| replaced == address).map(|(_, local)| local);
        local.map_or_else(|| url.to_owned(), |local| url.replacen(address, local, 1))
    }

    /// Everything that is stored.
    pub(crate) fn stored(&self) -> BTreeMap<String, String> {
        self.storage.borrow().clone()
    }

    /// The stored values under keys that begin so.
    pub(crate) fn stored_under(&self, prefix: &str) -> Vec<(String, String)> {
        self.stored().into_iter().filter(|(key, _)| key.starts_with(prefix)).collect()
    }

    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or_default() + self.clock_offset.get()
    }
}

impl Page {
    /// Runs something in this page until it comes to its end, or waits for a timer: then nothing more happens, `None`.
    pub(crate) fn attempt<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let result = self.0.tasks.attempt(future);
        self.0.tasks.settle();
        result
    }

    /// Runs something that must come to its end.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.attempt(future).expect("every call settles")
    }

    /// Lets that much time pass, second by second, with everything that is due in it.
    pub(crate) fn wait(&self, duration: Millis) {
        for _ in 0..duration / 1_000 {
            self.0.origin.turn_clock(1_000);
            let now = self.0.origin.now();
            let mut alarms = self.0.alarms.borrow_mut();
            let (due, later) = alarms.drain(..).partition(|(at, _)| *at <= now);
            *alarms = later;
            drop(alarms);
            let due: Vec<(Millis, oneshot::Sender<()>)> = due;
            for (_, alarm) in due {
                // Whoever was cancelled needs no waking.
                let _ = alarm.send(());
            }
            self.0.tasks.settle();
        }
    }

    /// Where this page went.
    pub(crate) fn navigated(&self) -> Option<String> {
        self.0.navigated.borrow().clone()
    }

    /// The user comes back to this very page, by the back button.
    pub(crate) fn comes_back(&self) {
        for waiting in self.0.returns.borrow_mut().drain(..) {
            // Whoever stopped waiting needs no telling.
            let _ = waiting.send(());
        }
        self.0.tasks.settle();
    }

    /// Somebody else changes the address, as a router does.
    pub(crate) fn goes_on_to(&self, url: &str) {
        url.clone_into(&mut self.0.url.borrow_mut());
    }

    /// The address now.
    pub(crate) fn address(&self) -> String {
        self.0.url.borrow().clone()
    }

    fn note(&self, what: impl Into<String>) {
        self.0.origin.course.borrow_mut().push(what.into());
    }
}

/// Goes to a URL that answers with a redirect, as a browser does with a link: where it leads.
pub(crate) fn follow(url: &str) -> Option<String> {
    http::location(url)
}

impl Platform for Page {
    type Lock = Lock;
    type Watch = ();
    type Window = ();

    fn parse_json(text: &str) -> Option<Json> {
        json::parse(text)
    }

    fn now(&self) -> Millis {
        self.0.origin.now()
    }

    fn monotonic(&self) -> Millis {
        self.0.origin.now()
    }

    fn sleep(&self, duration: Millis) -> impl Future<Output = ()> + 'static {
        let (sender, fired) = oneshot::channel();
        self.0.alarms.borrow_mut().push((self.now() + duration, sender));
        async move {
            if fired.await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn random(&self) -> [u8; 32] {
        let mut octets = [0; 32];
        SystemRandom::new().fill(&mut octets).expect("the machine has randomness");
        octets
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.tasks.add(task);
    }

    fn send(
        &self,
        request: Request,
        timeout: Millis,
    ) -> impl Future<Output = Result<Box<Response>, TransportError>> + 'static {
        self.note("send");
        let timeout = Duration::from_millis(timeout.try_into().unwrap_or_default());
        let request = Request { url: self.0.origin.locate(&request.url), ..request };
        async move { http::send(&request, timeout).map(Box::new) }
    }

    async fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        verify::verify(key, algorithm, signed, signature)
    }

    async fn create_key(&self, _area: Area, name: &str) -> Result<Json, KeyError> {
        Ok(self.0.origin.keys.create(name))
    }

    async fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        executor::give_way().await;
        self.0.origin.keys.sign(name, signed)
    }

    async fn remove_keys(&self, prefix: &str, before: Option<&str>) {
        self.0.origin.keys.remove(prefix, before);
    }

    fn view(&self, key: &str) -> Option<String> {
        self.0.origin.views.borrow().get(key).cloned()
    }

    fn set_view(&self, key: &str, view: Option<&str>) {
        let mut views = self.0.origin.views.borrow_mut();
        match view {
            Some(view) => views.insert(key.to_owned(), view.to_owned()),
            None => views.remove(key),
        };
    }

    async fn read(&self, _area: Area, key: &str) -> Result<Option<String>, StorageError> {
        // As in a browser, others get their turn first.
        executor::give_way().await;
        Ok(self.0.origin.storage.borrow().get(key).cloned())
    }

    async fn list(&self, _area: Area, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        Ok(self.0.origin.stored_under(prefix))
    }

    async fn swap(
        &self,
        _area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        executor::give_way().await;
        let mut storage = self.0.origin.storage.borrow_mut();
        if storage.get(key).map(String::as_str) != expected {
            return Ok(false);
        }
        match new {
            Some(text) => storage.insert(key.to_owned(), text.to_owned()),
            None => storage.remove(key),
        };
        Ok(true)
    }

    fn lock(&self, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
        self.0.origin.locks.request(name)
    }

    fn announce(&self, key: &str) {
        self.0.origin.announced.borrow_mut().push(key.to_owned());
    }

    fn watch(&self, _listener: impl Fn(Signal) + 'static) -> Self::Watch {}

    fn is_online(&self) -> bool {
        true
    }

    fn is_visible(&self) -> bool {
        true
    }

    fn url(&self) -> Option<String> {
        Some(self.address())
    }

    fn home(&self) -> Option<String> {
        keyward::protocol::url::origin(&self.address()).map(|origin| format!("{origin}/"))
    }

    fn replace_url(&self, from: &str, to: &str) {
        if self.address() == from {
            self.note("replace_url");
            self.0.origin.replaced.borrow_mut().push(to.to_owned());
            *self.0.url.borrow_mut() = to.to_owned();
        }
    }

    fn navigate(&self, url: &str, _state: Option<&str>) -> bool {
        self.note("navigate");
        *self.0.navigated.borrow_mut() = Some(url.to_owned());
        true
    }

    fn submit(&self, url: &str, form: &str, _otherwise: &str) -> bool {
        self.note("submit");
        *self.0.navigated.borrow_mut() = Some(url.to_owned());
        http::submit(url, form);
        true
    }

    async fn back(&self) {
        let (sender, came) = oneshot::channel();
        self.0.returns.borrow_mut().push(sender);
        if came.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
