//! Web Locks: one holder per name over all contexts of the origin.

use super::interop::{Abort, Deferred, call, call_function, get, global, object, settled};
use crate::prelude::*;
use alloc::rc::Rc;
use core::cell::Cell;
use wasm_bindgen::prelude::*;

/// Held while it lives.
pub struct Lock {
    release: JsValue,
    grant: JsValue,
    _abort: Abort,
    /// The browser calls it with the lock, and releases the lock when the promise that it returns is settled.
    _granted: Closure<dyn FnMut(JsValue) -> JsValue>,
}

/// Released, or out of the queue: whatever comes from the browser after this ends at once.
impl Drop for Lock {
    fn drop(&mut self) {
        call_function(&self.release);
        call_function(&self.grant);
    }
}

/// Dropping the future leaves the queue. `None` without Web Locks: no secure context, an opaque origin, an old web view.
pub(super) async fn request(name: String) -> Option<Lock> {
    let (turn, held) = (Deferred::new(), Deferred::new());
    let is_granted = Rc::new(Cell::new(false));
    let abort = Abort::new();
    let granted = Closure::new({
        let (grant, is_granted) = (turn.resolve.clone(), is_granted.clone());
        move |_| {
            is_granted.set(true);
            call_function(&grant);
            held.promise.clone()
        }
    });
    let options = object(vec![("signal", abort.signal())]);
    let arguments = vec![name.into(), options, granted.as_js_value().clone()];
    let lock = Lock { release: held.resolve, grant: turn.resolve, _abort: abort, _granted: granted };

    // The request is over when the lock was released, or when it was refused.
    let over = call(&get(&global("navigator"), "locks"), "request", arguments);
    let ended = over.and_then(|over| call(&over, "then", vec![lock.grant.clone(), lock.grant.clone()]));
    if ended.is_ok() {
        let _ = settled(Ok(turn.promise)).await;
    }
    is_granted.get().then_some(lock)
}
