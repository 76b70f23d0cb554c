//! The page: where it is, how it is left, and the windows beside it. `page.js` does it; for a client in a worker, the
//! page does it on the worker's word.

use super::interop::{call, get, get_text, is_absent, settled};
use crate::prelude::*;
use core::future::pending;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform/web/page.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = page)]
    static THIS_PAGE: JsValue;
}

#[wasm_bindgen(module = "/src/platform/web/popup.js")]
extern "C" {
    #[wasm_bindgen(js_name = openPopup, catch)]
    fn open_popup() -> Result<JsValue, JsValue>;
}

#[derive(Clone)]
pub(super) struct Page(JsValue);

/// Closed or removed when it is dropped.
pub struct Window {
    page: JsValue,
    opened: JsValue,
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = call(&self.page, "close", vec![self.opened.clone()]);
    }
}

impl Page {
    /// The one around this module, unless somebody stands for another.
    pub(super) fn new(other: Option<JsValue>) -> Page {
        Page(other.unwrap_or_else(|| THIS_PAGE.with(JsValue::clone)))
    }

    pub(super) fn url(&self) -> Option<String> {
        get_text(&self.0, "url")
    }

    pub(super) fn home(&self) -> Option<String> {
        get_text(&self.0, "home")
    }

    /// Whether the page is another context's, which leaves the view there.
    pub(super) fn shows(&self) -> bool {
        get(&self.0, "show").is_function()
    }

    /// The view that the page has found.
    pub(super) fn viewed(&self) -> Option<String> {
        get_text(&self.0, "viewed")
    }

    pub(super) fn show(&self, key: &str, view: Option<&str>) {
        let _ = call(&self.0, "show", vec![key.into(), view.into()]);
    }

    pub(super) fn replace_url(&self, from: &str, to: &str) {
        let _ = call(&self.0, "replaceUrl", vec![from.into(), to.into()]);
    }

    pub(super) fn navigate(&self, url: &str, mark: &str, state: Option<&str>) -> bool {
        self.is(call(&self.0, "navigate", vec![url.into(), mark.into(), state.into()]))
    }

    pub(super) async fn back(&self) {
        if settled(call(&self.0, "back", Vec::new())).await.is_err() {
            // The page that would have said so is gone.
            pending::<()>().await;
        }
    }

    pub(super) fn unmark(&self, mark: &str) {
        let _ = call(&self.0, "unmark", vec![mark.into()]);
    }

    pub(super) fn submit(&self, url: &str, form: &str, otherwise: &str) -> bool {
        self.is(call(&self.0, "submit", vec![url.into(), form.into(), otherwise.into()]))
    }

    pub(super) fn open_popup(&self) -> Option<Window> {
        // Whoever stands for another page opens its windows, too.
        let is_others = get(&self.0, "openPopup").is_function();
        self.window(if is_others { call(&self.0, "openPopup", Vec::new()) } else { open_popup() })
    }

    pub(super) fn open_frame(&self) -> Option<Window> {
        self.window(call(&self.0, "openFrame", Vec::new()))
    }

    fn window(&self, opened: Result<JsValue, JsValue>) -> Option<Window> {
        let opened = opened.ok().filter(|opened| !is_absent(opened))?;
        Some(Window { page: self.0.clone(), opened })
    }

    pub(super) async fn visit(&self, window: &Window, url: &str, state: &str) -> Option<String> {
        let visit = call(&self.0, "visit", vec![window.opened.clone(), url.into(), state.into()]);
        settled(visit).await.ok()?.as_string()
    }

    pub(super) fn is_awaited(&self, state: &str) -> bool {
        self.is(call(&self.0, "isAwaited", vec![state.into()]))
    }

    pub(super) async fn relay(&self, state: &str, url: &str) {
        let _ = settled(call(&self.0, "relay", vec![state.into(), url.into()])).await;
    }

    fn is(&self, answer: Result<JsValue, JsValue>) -> bool {
        answer.is_ok_and(|answer| answer.is_truthy())
    }
}
