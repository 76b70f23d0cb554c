//! The platform of browsers: windows, workers, service workers, extensions. Every global is looked up when it is
//! needed and may be missing; none of the files here knows OAuth.

mod adapter;
mod channel;
mod clock;
mod crypto;
mod encrypted;
#[cfg(feature = "gloo-storage")]
mod gloo_storage;
mod http;
mod indexed_db;
pub(crate) mod interop;
mod json;
mod key_store;
mod local;
mod locks;
mod memory;
mod navigation;
mod page;
mod pending;
mod signals;
mod storage;
mod tab;
mod view;
mod web_storage;

use crate::prelude::*;
pub use adapter::Adapter;
#[cfg(feature = "gloo-storage")]
pub use gloo_storage::GlooStorage;
pub use json::{from_js, parsed, stringify, to_js};
pub use locks::Lock;
pub use page::Window;
pub use signals::Watch;
pub use storage::Storage;

use super::{Area, CryptoError, KeyError, Platform, Signal, StorageError};
use crate::protocol::Millis;
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::jose::{Algorithm, HashKind};
use crate::protocol::json::Json;
use crate::protocol::jwks::Jwk;
use alloc::rc::Rc;
use channel::Channel;
use core::cell::RefCell;
use core::future::Future;
use key_store::KeyStore;
use page::Page;
use storage::{Keys, Store};
use wasm_bindgen::prelude::JsValue;

/// The end of the key under which a tab remembers, in `sessionStorage` and while it is at the provider, the `state` that
/// it will come back with: pkg/response.js looks there.
const LEAVING: &str = "leaving";

/// The browser around this module. Clones are handles to the same one.
#[derive(Clone)]
pub struct Web(Rc<Context>);

struct Context {
    store: Store,
    keys: KeyStore,
    channel: Channel,
    page: Page,
    /// What the page was told last to leave as the view, or has found, where this is in its worker.
    told: Option<RefCell<Option<String>>>,
    /// What every key of this client begins with.
    key_prefix: String,
}

impl Web {
    /// With sessions in that storage. The namespace separates clients of one origin: it names their database and their
    /// channel, and their keys begin with it and a colon.
    pub fn new(storage: Storage, namespace: &str) -> Web {
        Web::of_page(storage, namespace, None)
    }

    /// The same, in a worker that works for a page: what only a page can do, that object passes on to it. Its members
    /// are those of `page.js`.
    pub fn of_page(storage: Storage, namespace: &str, page: Option<JsValue>) -> Web {
        // What lives in the memory of one context is nobody else's business.
        let channel = if matches!(storage, Storage::Memory) { Channel::none() } else { Channel::open(namespace) };
        let keys = KeyStore::new(&storage, namespace);
        let key_prefix = [namespace, ":"].concat();
        let page = Page::new(page);
        let told = page.shows().then(|| RefCell::new(page.viewed()));
        let store = Store::new(storage, namespace);
        Web(Rc::new(Context { store, keys, channel, page, told, key_prefix }))
    }

    fn mark(&self) -> String {
        [&self.0.key_prefix, LEAVING].concat()
    }
}

impl Platform for Web {
    type Lock = Lock;
    type Watch = Watch;
    type Window = Window;

    fn parse_json(text: &str) -> Option<Json> {
        json::parse(text)
    }

    fn now(&self) -> Millis {
        clock::now()
    }

    fn monotonic(&self) -> Millis {
        clock::monotonic()
    }

    fn sleep(&self, duration: Millis) -> impl Future<Output = ()> + 'static {
        clock::sleep(duration)
    }

    fn random(&self) -> [u8; 32] {
        crypto::random()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn send(
        &self,
        request: Request,
        timeout: Millis,
    ) -> impl Future<Output = Result<Box<Response>, TransportError>> + 'static {
        http::send(request, timeout)
    }

    fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, CryptoError>> {
        crypto::verify(key, algorithm, signed, signature)
    }

    fn digest(&self, kind: HashKind, octets: &[u8]) -> impl Future<Output = Result<Vec<u8>, CryptoError>> {
        crypto::digest(kind, octets)
    }

    fn create_key(&self, area: Area, name: &str) -> impl Future<Output = Result<Json, KeyError>> {
        self.0.keys.create(area, name)
    }

    fn sign(&self, name: &str, signed: &[u8]) -> impl Future<Output = Result<Vec<u8>, KeyError>> {
        self.0.keys.sign(name, signed)
    }

    fn remove_keys(&self, prefix: &str, before: Option<&str>) -> impl Future<Output = ()> {
        self.0.keys.remove(prefix, before)
    }

    fn view(&self, key: &str) -> Option<String> {
        match &self.0.told {
            Some(told) => told.borrow().clone(),
            None => view::read(&self.0.store, key),
        }
    }

    fn leaves_views(&self) -> bool {
        self.0.told.is_none()
    }

    fn set_view(&self, key: &str, view: Option<&str>) {
        match &self.0.told {
            Some(told) => {
                *told.borrow_mut() = view.map(str::to_owned);
                self.0.page.show(key, view);
            }
            None => view::write(&self.0.store, key, view),
        }
    }

    fn has_stored(&self) -> impl Future<Output = bool> {
        self.0.store.has_stored()
    }

    fn found(&self, sessions: Vec<(String, String)>) -> impl Future<Output = ()> {
        self.0.store.found(sessions)
    }

    async fn read(&self, area: Area, key: &str) -> Result<Option<String>, StorageError> {
        Ok(self.0.store.find(area, Keys::One(key)).await?.pop().map(|(_, value)| value))
    }

    fn list(&self, area: Area, prefix: &str) -> impl Future<Output = Result<Vec<(String, String)>, StorageError>> {
        self.0.store.find(area, Keys::Prefix(prefix))
    }

    async fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        if new.is_some() {
            // Before what is bound to it: others read that as soon as it is written.
            self.0.keys.write_again().await;
        }
        self.0.store.swap(area, key, expected, new).await
    }

    fn vacate(&self) -> impl Future<Output = ()> {
        self.0.page.unmark(&self.mark());
        self.0.store.vacate()
    }

    fn lock(&self, name: &str) -> impl Future<Output = Option<Lock>> + 'static {
        locks::request(name.to_owned())
    }

    fn announce(&self, key: &str) {
        self.0.channel.announce(key);
    }

    fn watch(&self, listener: impl Fn(Signal) + 'static) -> Watch {
        Watch::begin(&self.0.store, &self.0.channel, &self.0.key_prefix, Rc::new(listener))
    }

    fn is_online(&self) -> bool {
        navigation::is_online()
    }

    fn is_visible(&self) -> bool {
        navigation::is_visible()
    }

    fn url(&self) -> Option<String> {
        self.0.page.url()
    }

    fn arrived(&self) {
        self.0.page.unmark(&self.mark());
    }

    fn home(&self) -> Option<String> {
        self.0.page.home()
    }

    fn replace_url(&self, from: &str, to: &str) {
        self.0.page.replace_url(from, to);
    }

    fn navigate(&self, url: &str, state: Option<&str>) -> bool {
        self.0.page.navigate(url, &self.mark(), state)
    }

    fn back(&self) -> impl Future<Output = ()> {
        self.0.page.back()
    }

    fn submit(&self, url: &str, form: &str, otherwise: &str) -> bool {
        self.0.page.submit(url, form, otherwise)
    }

    fn open_popup(&self) -> Option<Window> {
        self.0.page.open_popup()
    }

    fn open_frame(&self) -> Option<Window> {
        self.0.page.open_frame()
    }

    fn visit(&self, window: &Window, url: &str, state: &str) -> impl Future<Output = Option<String>> {
        self.0.page.visit(window, url, state)
    }

    fn is_awaited(&self, state: &str) -> bool {
        self.0.page.is_awaited(state)
    }

    fn relay(&self, state: &str, url: &str) -> impl Future<Output = ()> {
        self.0.page.relay(state, url)
    }
}
