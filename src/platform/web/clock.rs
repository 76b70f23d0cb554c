//! Clocks and timers.

use super::interop::{Deferred, apply, call, call_function, global, scope, settled};
use crate::prelude::*;
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
        let Deferred { promise, resolve } = Deferred::new();
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
        Timer(call_unzoned("setTimeout", arguments))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        call_unzoned("clearTimeout", vec![self.0.clone()]);
    }
}

fn call_unzoned(name: &str, arguments: Vec<JsValue>) -> JsValue {
    apply(&unzoned(name), &scope(), arguments).unwrap_or_default()
}

/// The browser's own function, where zone.js (Angular) has put another in its place: that one counts what waits, and an
/// app with a timer that waits for a token's expiry would never be stable.
fn unzoned(name: &str) -> JsValue {
    let symbol = call(&global("Zone"), "__symbol__", vec![name.into()]).ok().and_then(|symbol| symbol.as_string());
    let own = symbol.map(|symbol| global(&symbol)).unwrap_or_default();
    if own.is_function() { own } else { global(name) }
}
