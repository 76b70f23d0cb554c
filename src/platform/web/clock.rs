//! Clocks and timers.

use super::interop::{Deferred, call, call_function, scope, settled};
use crate::protocol::Millis;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    fn performance_now() -> Result<f64, JsValue>;
}

pub(super) fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// Without `performance` it is the wall clock: then jumps go unnoticed, and nothing else breaks.
pub(super) fn monotonic() -> Millis {
    performance_now().map_or_else(|_| now(), |time| time as Millis)
}

/// Timers take at most 2^31-1 ms, and fire at once for more.
pub(super) const LONGEST: Millis = i32::MAX as Millis;

pub(super) async fn sleep(mut duration: Millis) {
    loop {
        let part = duration.clamp(0, LONGEST);
        let Deferred { promise, resolve, .. } = Deferred::new();
        let _pending = Sleep { _timer: Timer::start(vec![resolve.clone(), (part as f64).into()]), wake: resolve };
        let _ = settled(Ok(promise)).await;
        duration -= part;
        if duration <= 0 {
            return;
        }
    }
}

struct Sleep {
    _timer: Timer,
    wake: JsValue,
}

/// A promise that is never settled would stay in memory.
impl Drop for Sleep {
    fn drop(&mut self) {
        call_function(&self.wake);
    }
}

/// Fires unless it is dropped before.
pub(super) struct Timer(JsValue);

impl Timer {
    /// The arguments are those of `setTimeout`.
    pub(super) fn start(arguments: Vec<JsValue>) -> Timer {
        Timer(call(&scope(), "setTimeout", arguments).unwrap_or_default())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let _ = call(&scope(), "clearTimeout", vec![self.0.clone()]);
    }
}
