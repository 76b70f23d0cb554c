//! Windows and frames beside the page, for sign-ins that do not leave it. The response lands on a page of this origin,
//! which has lost sight of this one where a Cross-Origin-Opener-Policy cut them apart: so it leaves the response's URL
//! in localStorage, in the place of a mark that says who waits, and tells a channel that it is there. Only the `state`
//! travels on the channel, never the code. The other side is here and, for pages without the module, in
//! `pkg/callback.js`.

use super::channel::Channel;
use super::clock::sleep;
use super::interop::{Deferred, Listener, call, call_function, get, get_text, global, object, scope, settled};
use crate::protocol::Millis;
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

const CHANNEL: &str = "keyward:response";
const RECEIVED: &str = "received:";
/// How often a window is looked at.
const TICK: Millis = 250;
/// A window that seems closed, while the person is back on this page for so long, will bring nothing any more: if the
/// person was seen to leave this page before, if not, and if this page's own policy makes every window seem closed.
const PATIENCE: [Millis; 3] = [1_500, 4_000, 60_000];
/// How long the other page may take to fetch what was left for it.
const PICKED_UP: Millis = 2_000;
/// Width and height, in CSS pixels.
const POPUP: (f64, f64) = (500.0, 650.0);

/// Closed or removed when it is dropped.
pub struct Window {
    window: JsValue,
    frame: Option<JsValue>,
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = match &self.frame {
            Some(frame) => call(frame, "remove", Vec::new()),
            None => call(&self.window, "close", Vec::new()),
        };
    }
}

/// In the middle of the browser's window, and empty: where it goes is not known yet.
pub(super) fn popup() -> Option<Window> {
    let number = |name| get(&scope(), name).as_f64().unwrap_or_default();
    let middle = |start, size, own: f64| number(start) + (number(size) - own).max(0.0) / 2.0;
    let left = (middle("screenX", "outerWidth", POPUP.0) as i32).to_string();
    let top = (middle("screenY", "outerHeight", POPUP.1) as i32).to_string();
    let features = ["popup,width=500,height=650,left=", &left, ",top=", &top].concat();
    let window = call(&scope(), "open", vec!["".into(), "_blank".into(), features.into()]).ok()?;
    window.is_object().then_some(Window { window, frame: None })
}

pub(super) fn frame() -> Option<Window> {
    let document = global("document");
    let frame = call(&document, "createElement", vec!["iframe".into()]).ok()?;
    let hidden = object(vec![("hidden", true.into()), ("title", "sign-in".into())]);
    call(&global("Object"), "assign", vec![frame.clone(), hidden]).ok()?;
    call(&get(&document, "body"), "append", vec![frame.clone()]).ok()?;
    Some(Window { window: get(&frame, "contentWindow"), frame: Some(frame) })
}

/// The URL of the response with that state; `None` if the person closed the window.
pub(super) async fn visit(window: &Window, url: &str, state: &str) -> Option<String> {
    let place = Place::mark(state);
    let key = &place.0;
    let arrived = Deferred::new();
    let channel = Channel::open(CHANNEL);
    let _heard = channel.target().map(|target| {
        let (key, resolve, state) = (key.clone(), arrived.resolve.clone(), state.to_owned());
        let hear = move |event: JsValue| match found(&key) {
            Some(url) if get_text(&event, "data").as_deref() == Some(&state) => resolve_with(&resolve, url),
            _ => {}
        };
        Listener::new(target, &["message"], Box::new(hear))
    });
    let _told = {
        let (key, resolve, window) = (key.clone(), arrived.resolve.clone(), window.window.clone());
        let hear = move |event: JsValue| {
            if let Some(url) = told(&event, &key, &window) {
                resolve_with(&resolve, url);
            }
        };
        Listener::new(&scope(), &["message", "storage"], Box::new(hear))
    };
    if !super::navigation::is_web(url) {
        return None;
    }
    let _ = call(&get(&window.window, "location"), "replace", vec![url.into()]);

    let arrival = settled(Ok(arrived.promise));
    let abandonment = abandoned(window, key, &arrived.resolve);
    let url = match select(arrival, pin!(abandonment)).await {
        Either::Left((url, _)) => url.ok()?.as_string(),
        Either::Right(_) => None,
    };
    // What nobody waits for any more is no promise to keep in memory.
    call_function(&arrived.resolve);
    channel.announce(&[RECEIVED, state].concat());
    url
}

/// Ready when the window was closed. One that was cut off looks closed, too, so that alone says nothing: but a person
/// who has closed it is back here. And what was left may be visible a little later than it was announced.
async fn abandoned(window: &Window, key: &str, resolve: &JsValue) {
    let left_here = Rc::new(Cell::new(false));
    let leaving = left_here.clone();
    let _listener = Listener::new(&scope(), &["blur"], Box::new(move |_| leaving.set(true)));
    let mut cuts_off = None;
    let mut back_for = 0;
    loop {
        sleep(TICK).await;
        if let Some(url) = found(key) {
            resolve_with(resolve, url);
        }
        let closed = window.frame.is_none() && get(&window.window, "closed").is_truthy();
        let back = closed && call(&global("document"), "hasFocus", Vec::new()).is_ok_and(|focus| focus.is_truthy());
        if !back {
            back_for = 0;
            continue;
        }
        if cuts_off.is_none() && !left_here.get() {
            cuts_off = Some(has_opener_policy().await);
        }
        back_for += TICK;
        let [seen_leaving, unseen, cut_off] = PATIENCE;
        let patience = match cuts_off {
            _ if left_here.get() => seen_leaving,
            Some(true) => cut_off,
            _ => unseen,
        };
        if back_for >= patience {
            return;
        }
    }
}

/// A page cannot see its own policy, but it can ask for its own headers.
async fn has_opener_policy() -> bool {
    let options = object(vec![("method", "HEAD".into())]);
    let answer = settled(call(&scope(), "fetch", vec![get(&global("location"), "href"), options])).await;
    let headers = get(&answer.unwrap_or_default(), "headers");
    let policy = call(&headers, "get", vec!["cross-origin-opener-policy".into()]).ok().and_then(|it| it.as_string());
    policy.is_some_and(|policy| policy != "unsafe-none")
}

/// What a `storage` event, or a message of that very window, says the URL is.
fn told(event: &JsValue, key: &str, window: &JsValue) -> Option<String> {
    if get_text(event, "key").as_deref() == Some(key) {
        return get_text(event, "newValue");
    }
    let trusted = get_text(event, "origin") == get_text(&scope(), "origin") && get(event, "source") == *window;
    trusted.then(|| get_text(&get(event, "data"), key)).flatten()
}

/// Where the response is left. It holds an empty text while somebody waits, and is gone when nobody does any more.
struct Place(String);

impl Place {
    fn mark(state: &str) -> Place {
        let place = Place(key(state));
        let _ = call(&global("localStorage"), "setItem", vec![place.0.as_str().into(), "".into()]);
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = call(&global("localStorage"), "removeItem", vec![self.0.as_str().into()]);
    }
}

fn left(key: &str) -> Option<String> {
    call(&global("localStorage"), "getItem", vec![key.into()]).ok()?.as_string()
}

fn found(key: &str) -> Option<String> {
    left(key).filter(|url| !url.is_empty())
}

fn resolve_with(resolve: &JsValue, url: String) {
    let _ = call(resolve, "call", vec![JsValue::UNDEFINED, url.into()]);
}

fn key(state: &str) -> String {
    ["keyward:response:", state].concat()
}

/// Whether a page waits for the response with that state.
pub(super) fn is_awaited(state: &str) -> bool {
    left(&key(state)).is_some_and(|left| left.is_empty())
}

/// Hands the response over to the page that waits for it, and closes this window.
pub(super) async fn relay(state: &str, url: &str) {
    let place = Place(key(state));
    let received = Deferred::new();
    let channel = Channel::open(CHANNEL);
    let _heard = channel.target().map(|target| {
        let (resolve, expected) = (received.resolve.clone(), [RECEIVED, state].concat());
        let hear = move |event: JsValue| {
            if get_text(&event, "data").as_deref() == Some(&expected) {
                call_function(&resolve);
            }
        };
        Listener::new(target, &["message"], Box::new(hear))
    });
    let _ = call(&global("localStorage"), "setItem", vec![place.0.as_str().into(), url.into()]);
    channel.announce(state);
    let message = object(vec![(&place.0, url.into())]);
    for other in ["opener", "parent"].map(global).into_iter().filter(|other| other.is_object() && *other != scope()) {
        let _ = call(&other, "postMessage", vec![message.clone(), get(&scope(), "origin")]);
    }
    let _ = select(settled(Ok(received.promise)), pin!(sleep(PICKED_UP))).await;
    call_function(&received.resolve);
    let _ = call(&scope(), "close", Vec::new());
}
