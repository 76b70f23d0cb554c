//! What a panic comes to. It ends in a trap, which leaves every pending promise unsettled: the package is told before,
//! and settles them in the module's place.

use crate::prelude::per_context;
use core::cell::OnceCell;
use core::panic::PanicInfo;
use js_sys::Function;
use wasm_bindgen::prelude::*;

per_context! {
    static STOP: OnceCell<Function> = const { OnceCell::new() };
}

/// Has that function called when there is a panic. Not with its message, which may hold what a log must not; its place is
/// read from the stack there, which costs nothing here.
pub(super) fn set_hook(stop: Function) {
    // A second start would bring the same function.
    STOP.with(|cell| cell.set(stop).unwrap_or_default());
}

/// Looks at neither the message nor the place: so nothing of what makes them is in the module (xtask/src/build/panics.rs).
#[cfg_attr(not(any(feature = "serde", feature = "gloo-net", feature = "gloo-storage")), panic_handler)]
#[cfg_attr(
    any(feature = "serde", feature = "gloo-net", feature = "gloo-storage"),
    expect(dead_code, reason = "these have std")
)]
fn panicked(_: &PanicInfo<'_>) -> ! {
    if let Some(stop) = STOP.with(|cell| cell.get().cloned()) {
        // Nothing can be done any more if this throws.
        let _ = stop.call0(&JsValue::NULL);
    }
    core::arch::wasm32::unreachable()
}
