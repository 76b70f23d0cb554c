//! Clocks and timers.

use crate::protocol::Millis;
use gloo_timers::future::TimeoutFuture;
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
pub(super) async fn sleep(mut duration: Millis) {
    const LONGEST: Millis = i32::MAX as Millis;
    while duration > LONGEST {
        TimeoutFuture::new(LONGEST as u32).await;
        duration -= LONGEST;
    }
    TimeoutFuture::new(duration.max(0) as u32).await;
}
