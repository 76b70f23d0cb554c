//! Web Locks: one holder per name over all contexts of the origin.

use super::interop::{AbortOnDrop, global, member, object};
use futures_channel::oneshot;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, options: &JsValue, granted: &Granted) -> Result<Promise, JsValue>;
}

/// The browser calls it with the lock, and releases the lock when the promise that it returns is settled.
type Granted = Closure<dyn FnMut(JsValue) -> JsValue>;

/// Held while it lives. Without Web Locks (no secure context, an opaque origin) it is granted at once and excludes
/// nobody: compare-and-set still keeps stored records whole, but two tabs may both spend one refresh token.
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Dropping the future leaves the queue.
pub(super) async fn request(name: String) -> Lock {
    let manager = global("navigator").and_then(|navigator| member(&navigator, "locks"));
    let (Some(manager), Some(abort)) = (manager, AbortOnDrop::new()) else { return Lock(None) };

    let (grant, granted) = oneshot::channel();
    let mut grant = Some(grant);
    let callback: Granted = Closure::new(move |_| {
        let Some(grant) = grant.take() else { return JsValue::UNDEFINED };
        let mut release = None;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        // If nobody waits any more, the lock is dropped here, which releases it.
        drop(grant.send(Lock(release)));
        held.into()
    });
    let options = object(&[("signal", abort.signal())]);
    if let Ok(done) = manager.unchecked_into::<LockManager>().request(&name, &options, &callback) {
        // The callback lives until the browser is through with the request: granted and released, aborted or refused.
        // Then the channel closes, which ends the wait below for a request that was refused.
        spawn_local(async move {
            let _ = JsFuture::from(done).await;
            drop(callback);
        });
    }
    let lock = granted.await.unwrap_or(Lock(None));
    abort.disarm();
    lock
}
