//! What a browser says of the network and of who may be looking.

use super::interop::{get, get_text, global};

/// A browser that does not say is taken to be online.
pub(super) fn is_online() -> bool {
    get(&global("navigator"), "onLine").as_bool() != Some(false)
}

/// A worker serves pages that it cannot see, so it counts as visible.
pub(super) fn is_visible() -> bool {
    get_text(&global("document"), "visibilityState").as_deref() != Some("hidden")
}
