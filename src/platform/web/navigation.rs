//! The page: where it is, whether anybody sees it, and how it is left. A worker has a `location`, too, but no page.

use super::interop::{get, get_text, global, member};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = location, js_name = assign, catch)]
    fn assign(url: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = history, js_name = replaceState, catch)]
    fn replace_state(state: &JsValue, unused: &str, url: &str) -> Result<(), JsValue>;
}

pub(super) fn url() -> Option<String> {
    global("document")?;
    get_text(&global("location")?, "href")
}

/// Keeps the state that a router may have in the entry.
pub(super) fn replace_url(url: &str) {
    if let Some(history) = global("history") {
        let _ = replace_state(&get(&history, "state"), "", url);
    }
}

/// To the web only, whatever an endpoint says: a `javascript:` URL would run.
pub(super) fn navigate(url: &str) -> bool {
    let to_the_web = url.starts_with("https://") || url.starts_with("http://");
    to_the_web && global("document").is_some() && assign(url).is_ok()
}

/// A browser that does not say is taken to be online.
pub(super) fn is_online() -> bool {
    global("navigator").and_then(|navigator| member(&navigator, "onLine")).is_none_or(|online| online.is_truthy())
}

/// A worker serves pages that it cannot see, so it counts as visible.
pub(super) fn is_visible() -> bool {
    global("document").is_none_or(|document| get_text(&document, "visibilityState").as_deref() != Some("hidden"))
}
