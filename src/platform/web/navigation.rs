//! The page: where it is, whether anybody sees it, and how it is left. A worker has a `location`, too, but no page.

use super::interop::{call, get, get_text, global, is_absent};

pub(super) fn url() -> Option<String> {
    (!is_absent(&global("document"))).then(|| get_text(&global("location"), "href")).flatten()
}

/// Keeps the state that a router may have in the entry.
pub(super) fn replace_url(url: &str) {
    let history = global("history");
    let _ = call(&history, "replaceState", vec![get(&history, "state"), "".into(), url.into()]);
}

/// Whatever an endpoint says: a `javascript:` URL would run.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

pub(super) fn navigate(url: &str) -> bool {
    is_web(url) && call(&global("location"), "assign", vec![url.into()]).is_ok()
}

/// A browser that does not say is taken to be online.
pub(super) fn is_online() -> bool {
    get(&global("navigator"), "onLine").as_bool() != Some(false)
}

/// A worker serves pages that it cannot see, so it counts as visible.
pub(super) fn is_visible() -> bool {
    get_text(&global("document"), "visibilityState").as_deref() != Some("hidden")
}
