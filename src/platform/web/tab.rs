//! `sessionStorage`: until the tab closes.
//!
//! Browsers copy it into tabs that are duplicated, and into those that a page opens with `window.open`: then two tabs
//! would own one refresh token. So what is stored has a mark beside it, and whoever uses it holds the Web Lock of that
//! mark. A page that finds the lock taken is in a copy, unless the holder shares its `sessionStorage` (a frame of the
//! same tab, another client of the same page): that one shows it by removing what the page has written. A copy is
//! emptied, and its tab begins signed out. Where there are no Web Locks, copies cannot be told.
//!
//! A page that shows the view before this module is there holds the lock meanwhile, and answers in the same way (pkg/tab.js).

use super::channel::Channel;
use super::clock;
use super::crypto;
use super::interop::{Deferred, Listener, call_function, get, get_text, scope, settled};
use super::locks::{self, Lock};
use super::storage::{Keys, Pairs};
use super::view::is_view;
use super::web_storage::WebStorage;
use crate::platform::StorageError;
use crate::prelude::*;
use crate::protocol::{Millis, base64url};
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};
use core::pin::{Pin, pin};
use futures_util::future::{Either, select};
use wasm_bindgen::prelude::*;

/// The page before this one, in the same tab, lets go of its lock within this time; so does a frame answer.
const PATIENCE: Millis = 50;
const TRIES: usize = 10;

type Request = Pin<Box<dyn Future<Output = Option<Lock>>>>;

pub(super) struct Tab {
    storage: Option<Rc<Owned>>,
    _listeners: Vec<Listener>,
}

struct Owned {
    storage: WebStorage,
    /// What all keys begin with.
    prefix: String,
    mark_key: String,
    probe_key: String,
    /// The mark of a page that has left for the provider, which the next page removes by itself.
    leaving_key: String,
    channel: Channel,
    /// A promise that is settled as soon as it is known whose the content is.
    claimed: RefCell<Option<JsValue>>,
    /// Whether others with the same mark may be told that this is no copy.
    is_owner: Cell<bool>,
    lock: RefCell<Option<Lock>>,
}

impl Tab {
    pub(super) fn new(namespace: &str) -> Tab {
        let prefix = [namespace, ":"].concat();
        let Some(storage) = WebStorage::session() else { return Tab { storage: None, _listeners: Vec::new() } };
        let owned = Rc::new(Owned {
            storage,
            mark_key: prefix.clone() + "tab",
            probe_key: prefix.clone() + "probe",
            leaving_key: [&prefix, super::LEAVING].concat(),
            prefix,
            channel: Channel::open(namespace),
            claimed: RefCell::default(),
            is_owner: Cell::new(false),
            lock: RefCell::default(),
        });
        let channel = owned.channel.target().cloned().unwrap_or_default();
        let (this, that) = (Rc::downgrade(&owned), Rc::downgrade(&owned));
        let listeners = vec![
            Listener::new(&channel, &["message"], Box::new(move |event| answer(&this, &event))),
            Listener::new(&scope(), &["pagehide", "pageshow"], Box::new(move |event| come_and_go(&that, &event))),
        ];
        Tab { storage: Some(owned), _listeners: listeners }
    }

    pub(super) async fn find(&self, keys: Keys<'_>) -> Result<Pairs, StorageError> {
        let owned = self.owned().await?;
        let mut found = owned.storage.find(keys)?;
        found.retain(|(key, _)| ![&owned.mark_key, &owned.probe_key, &owned.leaving_key].contains(&key));
        Ok(found)
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, StorageError> {
        let owned = self.owned().await?;
        if new.is_some() {
            owned.mark()?;
        }
        let swapped = owned.storage.swap(key, expected, new);
        owned.unmark();
        swapped
    }

    /// If it is known to be this tab's.
    pub(super) fn own(&self) -> Option<&WebStorage> {
        self.storage.as_ref().filter(|owned| owned.is_owner.get()).map(|owned| &owned.storage)
    }

    async fn owned(&self) -> Result<&Rc<Owned>, StorageError> {
        let owned = self.storage.as_ref().ok_or(StorageError)?;
        let claimed = owned.claimed.borrow().clone();
        let claimed = claimed.unwrap_or_else(|| {
            let Deferred { promise, resolve } = Deferred::new();
            *owned.claimed.borrow_mut() = Some(promise.clone());
            // A task of its own: whoever asks first may stop waiting.
            let owned = owned.clone();
            wasm_bindgen_futures::spawn_local(async move {
                owned.claim().await;
                call_function(&resolve);
            });
            promise
        });
        // It is never rejected.
        let _ = settled(Ok(claimed)).await;
        Ok(owned)
    }
}

impl Owned {
    /// Finds out whether the content is this tab's, and removes it if it is another's.
    async fn claim(self: &Rc<Self>) {
        let Ok(Some(mark)) = self.storage.read(&self.mark_key) else {
            return self.is_owner.set(true);
        };
        let mut lock: Request = Box::pin(locks::request(self.prefix.clone() + &mark));
        let mut asked = false;
        for _ in 0..TRIES {
            match select(lock, pin!(clock::sleep(PATIENCE))).await {
                Either::Left((held, _)) => {
                    *self.lock.borrow_mut() = held;
                    return self.is_owner.set(true);
                }
                Either::Right((_, waiting)) => lock = waiting,
            }
            if asked && self.storage.read(&self.probe_key).is_ok_and(|probe| probe.is_none()) {
                self.hold(mark, lock);
                return self.is_owner.set(true);
            }
            asked = self.storage.write(&self.probe_key, Some("?")).is_ok();
            self.channel.announce(&self.probe_key);
        }
        for (key, _) in self.storage.find(Keys::Prefix(&self.prefix)).unwrap_or_default() {
            // `sessionStorage` that can be read can be written, if it is to become less.
            let _ = self.storage.write(&key, None);
        }
        self.is_owner.set(true);
    }

    /// Before the first value.
    fn mark(self: &Rc<Self>) -> Result<(), StorageError> {
        if self.storage.read(&self.mark_key)?.is_none() {
            let mark = base64url::encode(&crypto::random());
            self.storage.write(&self.mark_key, Some(&mark))?;
            self.request(mark);
        }
        Ok(())
    }

    /// After the last value: the storage is as it was before the first.
    fn unmark(&self) {
        let left = self.storage.find(Keys::Prefix(&self.prefix)).unwrap_or_default();
        let says_nothing = |key| [&self.mark_key, &self.leaving_key].contains(&key) || is_view(&self.prefix, key);
        if left.iter().all(|(key, _)| says_nothing(key)) {
            let _ = self.storage.write(&self.mark_key, None);
            self.lock.take();
        }
    }

    fn request(self: &Rc<Self>, mark: String) {
        let lock = Box::pin(locks::request(self.prefix.clone() + &mark));
        self.hold(mark, lock);
    }

    /// Holds it from when it is granted, if the mark is still the same then.
    fn hold(self: &Rc<Self>, mark: String, lock: Request) {
        let this = Rc::downgrade(self);
        wasm_bindgen_futures::spawn_local(async move {
            let held = lock.await;
            if let Some(this) = this.upgrade()
                && this.storage.read(&this.mark_key) == Ok(Some(mark))
            {
                *this.lock.borrow_mut() = held;
            }
        });
    }
}

/// Another client has the same mark. What is removed here is gone there only if both share one `sessionStorage`.
fn answer(this: &Weak<Owned>, event: &JsValue) {
    let Some(this) = this.upgrade().filter(|this| this.is_owner.get()) else { return };
    if get_text(event, "data").as_deref() == Some(&this.probe_key) {
        let _ = this.storage.write(&this.probe_key, None);
    }
}

/// The next page of this tab gets the lock, also while this one waits in the back/forward cache.
fn come_and_go(this: &Weak<Owned>, event: &JsValue) {
    let Some(this) = this.upgrade() else { return };
    if get_text(event, "type").as_deref() == Some("pagehide") {
        this.lock.take();
    } else if get(event, "persisted").is_truthy()
        && let Ok(Some(mark)) = this.storage.read(&this.mark_key)
    {
        this.request(mark);
    }
}
