//! What a panic comes to. It ends in a trap, which leaves every pending promise unsettled: the package is told before,
//! and settles them in the module's place.

use crate::prelude::*;
use crate::protocol::decimal;
use core::cell::OnceCell;
use core::panic::PanicInfo;
use js_sys::Function;
use wasm_bindgen::prelude::*;

per_context! {
    static STOP: OnceCell<Function> = const { OnceCell::new() };
}

/// Has that function called with the place of a panic, and not with its message: that may hold what a log must not.
pub(super) fn set_hook(stop: Function) {
    // A second start would bring the same function.
    STOP.with(|cell| cell.set(stop).unwrap_or_default());
}

/// Nothing prints the message: so nothing of what would print it is in the module.
#[cfg_attr(not(any(feature = "serde", feature = "gloo-net", feature = "gloo-storage")), panic_handler)]
#[cfg_attr(
    any(feature = "serde", feature = "gloo-net", feature = "gloo-storage"),
    expect(dead_code, reason = "these have std")
)]
fn panicked(panic: &PanicInfo<'_>) -> ! {
    let place = panic.location().map(|place| [place.file(), ":", &decimal::text(i64::from(place.line()))].concat());
    if let Some(stop) = STOP.with(|cell| cell.get().cloned()) {
        // Nothing can be done any more if this throws.
        let _ = stop.call1(&JsValue::NULL, &place.into());
    }
    core::arch::wasm32::unreachable()
}
