//! What a tab gives the client that runs in it: the platform.

use super::locks::{self, Lock};
use super::network;
use super::provider;
use super::shared::{Shared, received};
use super::tab::{Phase, Tab, Watch};
use super::tasks::TaskFuture;
use crate::platform::{Area, CryptoError, KeyError, Platform, Signal, StorageError};
use crate::protocol::Millis;
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::jose::Algorithm;
use crate::protocol::json::{self, Json};
use crate::protocol::jwks::Jwk;
use crate::protocol::url;
use futures_channel::oneshot;
use std::future::Future;
use std::rc::Rc;

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
        self.world.after_long(duration, duration + late, |_| ())
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

    async fn create_key(&self, _area: Area, name: &str) -> Result<Json, KeyError> {
        let id = self.state.entropy.borrow_mut().octets();
        let public = provider::public_key(&id);
        let (name, kept) = (name.to_owned(), public.clone());
        self.storage(move |world| world.keep_key(&name, kept)).await.map_err(|_| KeyError::Storage)?;
        Ok(public)
    }

    async fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let wanted = name.to_owned();
        let find =
            move |world: &Rc<Shared>| Ok(world.key(&wanted).map(|key| key.str("x").unwrap_or_default().to_owned()));
        let key = self.storage(find).await.map_err(|_| KeyError::Storage)?;
        Ok(provider::signature(&key.ok_or(KeyError::Lost)?, signed))
    }

    async fn remove_keys(&self, prefix: &str, before: Option<&str>) {
        let (start, end) = (prefix.to_owned(), before.map(str::to_owned));
        let removed = self.storage(move |world| {
            world.remove_keys(&start, end.as_deref());
            Ok(())
        });
        // What cannot be removed stays.
        let _ = removed.await;
    }

    fn view(&self, key: &str) -> Option<String> {
        if self.is_worker() {
            return None;
        }
        self.world.storage.borrow().view(key, self.state.id, self.world.time())
    }

    fn set_view(&self, key: &str, view: Option<&str>) {
        if self.is_worker() {
            return;
        }
        let world = &self.world;
        let changed = {
            let mut chance = world.chance.borrow_mut();
            world.storage.borrow_mut().set_view(key, view, self.state.id, world.time(), &mut chance)
        };
        if let Some((lag, left)) = changed {
            self.tell_others(lag, || Signal::Viewed(key.to_owned(), left.clone()));
        }
    }

    /// As if every database were deleted as soon as it is empty, but by a worker, which cannot reach the view.
    async fn has_stored(&self) -> bool {
        let stored = self.storage(|world| {
            let storage = world.storage.borrow();
            storage.list("").map(|stored| !stored.is_empty() || storage.emptied_by_worker)
        });
        stored.await.unwrap_or_default()
    }

    async fn found(&self, sessions: Vec<(String, String)>) {
        let by = self.state.id;
        let founded = self.storage(move |world| {
            let mut storage = world.storage.borrow_mut();
            if storage.list("")?.is_empty() && !storage.emptied_by_worker {
                for (key, text) in sessions {
                    storage.swap(&key, None, Some(&text), by, world.time())?;
                }
            }
            Ok(())
        });
        // Where it cannot be stored, it is not there to be found.
        let _ = founded.await;
    }

    async fn read(&self, _area: Area, key: &str) -> Result<Option<String>, StorageError> {
        let name = key.to_owned();
        self.storage(move |world| world.storage.borrow().read(&name)).await
    }

    async fn list(&self, _area: Area, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let start = prefix.to_owned();
        self.storage(move |world| world.storage.borrow().list(&start)).await
    }

    async fn swap(
        &self,
        _area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        let (by, name, is_worker) = (self.state.id, key.to_owned(), self.is_worker());
        let (old, value) = (expected.map(str::to_owned), new.map(str::to_owned));
        let swap = move |world: &Rc<Shared>| {
            let mut storage = world.storage.borrow_mut();
            let swapped = storage.swap(&name, old.as_deref(), value.as_deref(), by, world.time());
            if swapped == Ok(true) && value.is_none() {
                storage.emptied_by_worker = is_worker;
            }
            swapped
        };
        self.storage(swap).await
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

    fn home(&self) -> Option<String> {
        Some([url::origin(&self.url()?)?, "/"].concat())
    }

    fn replace_url(&self, from: &str, to: &str) {
        if let Some(here) = self.state.url.borrow_mut().as_mut().filter(|here| *here == from) {
            *here = to.to_owned();
        }
    }

    fn navigate(&self, url: &str, _state: Option<&str>) -> bool {
        if self.is_worker() {
            return false;
        }
        *self.state.navigated.borrow_mut() = Some(url.to_owned());
        true
    }

    fn submit(&self, url: &str, _form: &str, _otherwise: &str) -> bool {
        self.navigate(url, None)
    }
}

impl Tab {
    /// After the time that a storage operation takes.
    async fn storage<T: 'static>(
        &self,
        operation: impl FnOnce(&Rc<Shared>) -> Result<T, StorageError> + 'static,
    ) -> Result<T, StorageError> {
        let state = Rc::downgrade(&self.state);
        let (sender, performed) = oneshot::channel();
        let perform = Box::new(move |world: &Rc<Shared>| {
            // An operation of a page that has just died may have been under way, or not.
            let gone = state.upgrade().is_none_or(|state| state.is_gone());
            let outcome = if gone && world.chance.borrow_mut().coin() { Err(StorageError) } else { operation(world) };
            // Nobody may be waiting any more.
            let _ = sender.send(outcome);
        });
        // As IndexedDB has it: the operations of one page are performed in the order in which it asked for them.
        let queue = self.state.clone();
        queue.operations.borrow_mut().push_back(perform);
        self.world.soon(0, 4, move |world| {
            let next = queue.operations.borrow_mut().pop_front();
            next.into_iter().for_each(|operation| operation(world));
        });
        let outcome = received(performed).await;
        // What comes of two operations need not come in the order in which they were performed.
        self.world.after(0, 2, |_| ()).await;
        outcome
    }
}
