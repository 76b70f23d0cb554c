//! What Keyward needs of its surroundings, as one small trait. `web` implements it for pages, workers and
//! extensions; `sim` for tests: many tabs, one storage, one provider, virtual time.

#[cfg(all(feature = "sim", not(target_arch = "wasm32")))]
pub mod sim;
#[cfg(target_arch = "wasm32")]
pub mod web;

use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::jose::{Algorithm, HashKind};
use crate::protocol::json::Json;
use crate::protocol::jwks::Jwk;
use core::future::{Future, pending, ready};

/// A page, a worker, an extension's service worker, or a simulated tab. Clones are handles to the same one.
///
/// Every future here may be dropped before it is ready: that cancels what it stands for.
pub trait Platform: Clone + 'static {
    /// Held while it lives; dropping it releases the lock.
    type Lock: 'static;
    /// Listens while it lives.
    type Watch: 'static;
    /// A window or frame beside this page; closed when it is dropped.
    type Window: 'static;

    /// Parses JSON (see [`Parser`](crate::protocol::json::Parser)).
    fn parse_json(text: &str) -> Option<Json>;

    /// The wall clock, which may be wrong and may jump.
    fn now(&self) -> Millis;
    /// A clock that never jumps; it may stand still while the machine sleeps.
    fn monotonic(&self) -> Millis;
    /// Ready after that time; a hint, as timers of a hidden page or a sleeping machine are late.
    fn sleep(&self, duration: Millis) -> impl Future<Output = ()> + 'static;
    /// Octets from a cryptographic source.
    fn random(&self) -> [u8; 32];
    /// Runs a task in the background of this context.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);

    /// Sends a request to a provider: no credentials, no store, no referrer, redirects refused, within `timeout`.
    fn send(
        &self,
        request: Request,
        timeout: Millis,
    ) -> impl Future<Output = Result<Box<Response>, TransportError>> + 'static;
    /// Verifies a signature with a public key.
    fn verify(
        &self,
        key: &Jwk,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, CryptoError>>;

    /// The hash of these octets.
    fn digest(&self, kind: HashKind, octets: &[u8]) -> impl Future<Output = Result<Vec<u8>, CryptoError>> {
        ready(Ok(kind.digest(octets)))
    }

    /// Makes a key for ES256 whose private half no script can read, for a transaction of that area, and keeps it under that
    /// name for all contexts of the origin. The public half as a JWK.
    fn create_key(&self, area: Area, name: &str) -> impl Future<Output = Result<Json, KeyError>>;
    /// Signs with the key of that name (RFC 7518 section 3.4: two numbers of 32 octets).
    fn sign(&self, name: &str, signed: &[u8]) -> impl Future<Output = Result<Vec<u8>, KeyError>>;
    /// Forgets the keys whose names begin so, and come before that one in the order of their letters, if it is given.
    fn remove_keys(&self, prefix: &str, before: Option<&str>) -> impl Future<Output = ()>;

    /// What can be read at once, without waiting: the view that was left last under that key, which may be older than the truth.
    fn view(&self, key: &str) -> Option<String>;
    /// Whether this context reads and leaves views by itself. Where a page does that for it, there is no token in them, and what
    /// other contexts have left meanwhile is not known here.
    fn leaves_views(&self) -> bool {
        true
    }
    /// Leaves another one, or none. No view is better than an old one, where it cannot be written.
    fn set_view(&self, key: &str, view: Option<&str>);
    /// Whether anything was ever stored here, and is there still: not where the storage is as it was before the first use.
    fn has_stored(&self) -> impl Future<Output = bool> {
        ready(true)
    }
    /// Stores these sessions, all at once, where [`Platform::has_stored`] is `false` still: of several contexts that do so, the
    /// first one does.
    fn found(&self, _sessions: Vec<(String, String)>) -> impl Future<Output = ()> {
        ready(())
    }
    /// The truth of one key.
    fn read(&self, area: Area, key: &str) -> impl Future<Output = Result<Option<String>, StorageError>>;
    /// The truth of all keys with that prefix.
    fn list(&self, area: Area, prefix: &str) -> impl Future<Output = Result<Vec<(String, String)>, StorageError>>;
    /// Compare-and-set: `Ok(false)`, and no change, if the value is not `expected` any more.
    fn swap(
        &self,
        area: Area,
        key: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> impl Future<Output = Result<bool, StorageError>>;

    /// Everything was removed: what the storage itself consists of goes as well, unless something is in it again.
    fn vacate(&self) -> impl Future<Output = ()> {
        async {}
    }

    /// Waits for the lock of that name, which all contexts of the origin share; `None` where there are no locks.
    fn lock(&self, name: &str) -> impl Future<Output = Option<Self::Lock>> + 'static;
    /// Tells the other contexts that a key has changed. Only the key travels, never the value.
    fn announce(&self, key: &str);
    /// Calls back with what happens around this context.
    fn watch(&self, listener: impl Fn(Signal) + 'static) -> Self::Watch;

    /// Whether the browser believes that there is a network.
    fn is_online(&self) -> bool;
    /// Whether a person may be looking at this context.
    fn is_visible(&self) -> bool;

    /// The address of the page; `None` in a worker.
    fn url(&self) -> Option<String>;
    /// The page begins: what the tab has remembered on its way here is over.
    fn arrived(&self) {}
    /// What the app's pages have in common: the document's base where it says one, else the root of the origin. `None` in
    /// a worker.
    fn home(&self) -> Option<String>;
    /// Replaces the address without loading anything and without a new entry in the history. Nothing happens if it is not
    /// `from` any more: somebody else has navigated.
    fn replace_url(&self, from: &str, to: &str);
    /// Leaves the page. `false` where there is no page to leave. The `state` is what the way back will be known by, if
    /// there is one.
    fn navigate(&self, url: &str, state: Option<&str>) -> bool;
    /// Ready when the user is back on this very page after [`Platform::navigate`]: the browser kept it, and the back button
    /// was pressed.
    fn back(&self) -> impl Future<Output = ()> {
        pending()
    }
    /// Leaves the page by sending a form (`application/x-www-form-urlencoded`) by POST: what is too long for a URL. Where the
    /// page's own policy forbids that, it leaves for the other URL.
    fn submit(&self, url: &str, form: &str, otherwise: &str) -> bool;

    /// Opens an empty window, before this returns: browsers allow it in the user's gesture only. `None` if it is blocked.
    fn open_popup(&self) -> Option<Self::Window> {
        None
    }
    /// Puts a frame into the page that nobody sees. `None` where there is no page.
    fn open_frame(&self) -> Option<Self::Window> {
        None
    }
    /// Sends a window to the provider. Ready with the URL of the response that has this state; `None` if the user
    /// closed the window.
    fn visit(&self, _window: &Self::Window, _url: &str, _state: &str) -> impl Future<Output = Option<String>> {
        ready(None)
    }
    /// Whether another page waits in [`Platform::visit`] for the response with that state.
    fn is_awaited(&self, _state: &str) -> bool {
        false
    }
    /// Hands a response over to the page that waits for it, and closes this window.
    fn relay(&self, _state: &str, _url: &str) -> impl Future<Output = ()> {
        ready(())
    }
}

/// What encrypted values begin with: the version of their form. Other storages that meet one, as an app's older tabs do
/// after it has changed its storage, leave it alone.
pub const SEALED: &str = "1.";
/// What a value begins with that lies unencrypted where values are encrypted, or that does not open.
pub const UNREADABLE: &str = "unreadable: ";

/// Which values a storage operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Sessions and caches: live where the configuration says.
    Sessions,
    /// Pending transactions: must outlive the way to the provider and back, also where sessions live in memory. Those of
    /// [`Area::Visits`] are found here, too.
    Transactions,
    /// Pending transactions of a page that stays, and waits for a window beside it: where the storage fails, the page's
    /// memory will do.
    Visits,
}

/// What happens around a context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Another context changed this key.
    Changed(String),
    /// Another context left that view under that key, or none: a hint that comes also from a page that died before it could announce
    /// anything. It is not the truth.
    Viewed(String, Option<String>),
    /// Somebody cleared the storage.
    Cleared,
    /// The network is back.
    Online,
    /// The context is seen again, resumed or restored: time has passed, and the store may have changed.
    Awake,
    /// The page is being unloaded or frozen: what fails from now on fails because of that.
    Leaving,
}

/// The storage cannot be used: blocked, full or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageError;

/// Why a key of our own is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// There is none of that name, or not any more.
    Lost,
    /// Where keys are kept nothing can be read or written now.
    Storage,
    /// No WebCrypto here, or one that does not know ES256.
    Unavailable,
}

/// Why a signature could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoError {
    /// No WebCrypto here: not a secure context.
    Unavailable,
    /// This browser does not know the algorithm.
    UnsupportedAlgorithm,
    /// The key is not a valid public key of its kind.
    InvalidKey,
}
