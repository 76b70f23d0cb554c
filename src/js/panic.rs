//! What a panic comes to. It ends in a trap, which leaves every pending promise unsettled: the package is told before,
//! and settles them in the module's place.

use js_sys::Function;
use wasm_bindgen::prelude::*;

/// Calls that function with the place of the panic, and not with its message: that may hold what a log must not.
pub(super) fn set_hook(stop: Function) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|location| [location.file(), ":", &location.line().to_string()].concat());
        // Nothing can be done any more if this throws.
        let _ = stop.call1(&JsValue::NULL, &place.into());
    }));
}
