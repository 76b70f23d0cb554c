//! Requests to a provider through `fetch`.

use super::clock::{LONGEST, Timer, sleep};
use super::interop::{Abort, Listener, call, create, get, get_text, is_absent, method, object, scope, settled};
use super::navigation::is_online;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::http::{MAX_BODY, Request, Response, TransportError};
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// The reason that the signal is aborted with.
const TIMEOUT: &str = "timeout";

/// Firefox cuts a page's requests off when the page begins to be left, and says `pagehide` when the next one is there. A
/// failure in between says nothing about the provider, and is kept back for as long as that may take.
const LEAVING: Millis = 5_000;

/// The time allowed covers the body, too. Whoever drops this aborts the request.
pub(super) async fn send(request: Request, timeout: Millis) -> Result<Box<Response>, TransportError> {
    let abort = Abort::new();
    let signal = abort.signal();
    let allowed = timeout.clamp(0, LONGEST) as f64;
    let _timer = Timer::start(vec![method(&abort.0, "abort"), allowed.into(), TIMEOUT.into()]);
    let leaving = Rc::new(Cell::new(false));
    // Not for longer than the request: some browsers keep no page for the back button that listens to this.
    let begins = leaving.clone();
    let _leaves = Listener::new(&scope(), &["beforeunload"], Box::new(move |_| begins.set(true)));
    let answer = exchange(request, &signal).await;
    if answer.is_err() && leaving.get() {
        sleep(LEAVING).await;
    }
    answer.map_err(|fault| match fault {
        Fault::Thrown if get_text(&signal, "reason").as_deref() == Some(TIMEOUT) => TransportError::Timeout,
        Fault::Thrown => TransportError::Network,
        Fault::Kept => TransportError::Cors,
        Fault::TooLarge => TransportError::Unreadable,
    })
}

enum Fault {
    Thrown,
    Kept,
    TooLarge,
}

impl From<JsValue> for Fault {
    fn from(_: JsValue) -> Self {
        Fault::Thrown
    }
}

async fn exchange(request: Request, signal: &JsValue) -> Result<Box<Response>, Fault> {
    let arguments = vec![request.url.as_str().into(), options(&request, signal)];
    let answer: web_sys::Response = match settled(call(&scope(), "fetch", arguments)).await {
        Ok(answer) => answer.unchecked_into(),
        Err(_) if is_kept(&request, signal).await => return Err(Fault::Kept),
        Err(thrown) => return Err(thrown.into()),
    };
    note(&request.url, false);
    let headers = answer.headers();
    let header = |name| headers.get(name).ok().flatten();
    let date = header("date").map(|date| js_sys::Date::parse(&date)).filter(|date| date.is_finite());
    Ok(Box::new(Response {
        status: answer.status(),
        content_type: header("content-type"),
        retry_after: header("retry-after"),
        dpop_nonce: header("dpop-nonce"),
        www_authenticate: header("www-authenticate"),
        date: date.map(|date| date as Millis),
        body: read_body(&get(&answer, "body")).await?,
    }))
}

per_context! {
    /// By URL, whether answers from there are kept from this page: asked once, and known to be not so after any answer.
    static KEPT: RefCell<Vec<(String, bool)>> = const { RefCell::new(Vec::new()) };
}

fn note(url: &str, kept: bool) {
    KEPT.with_borrow_mut(|known| {
        known.retain(|(other, _)| other != url);
        known.push((url.to_owned(), kept));
    });
}

/// To a page, a refusal by CORS looks like a broken network. A request whose answer nobody is to see tells them apart: it
/// is a plain one to the same address, with nothing of the other in it. Fetch allows such a request no other way with
/// redirects than to follow them, so a redirect to somebody who answers passes for a refusal.
async fn is_kept(request: &Request, signal: &JsValue) -> bool {
    if request.keepalive || !is_online() || get(signal, "aborted").is_truthy() {
        return false;
    }
    let known = KEPT.with_borrow(|known| known.iter().find(|(url, _)| *url == request.url).map(|(_, kept)| *kept));
    if let Some(kept) = known {
        return kept;
    }
    note(&request.url, false);
    let options = object(vec![
        ("mode", "no-cors".into()),
        ("signal", signal.clone()),
        ("credentials", "omit".into()),
        ("cache", "no-store".into()),
        ("referrerPolicy", "no-referrer".into()),
    ]);
    let kept = settled(call(&scope(), "fetch", vec![request.url.as_str().into(), options])).await.is_ok();
    note(&request.url, kept);
    kept
}

fn options(request: &Request, signal: &JsValue) -> JsValue {
    let mut headers = vec![("Accept", "application/json".into())];
    let (method, body) = match &request.form {
        Some(form) => {
            headers.push(("Content-Type", "application/x-www-form-urlencoded".into()));
            ("POST", form.into())
        }
        None => ("GET", JsValue::UNDEFINED),
    };
    headers.extend(request.headers.iter().map(|(name, value)| (*name, value.into())));
    object(vec![
        ("method", method.into()),
        ("headers", object(headers)),
        ("body", body),
        ("signal", signal.clone()),
        ("credentials", "omit".into()),
        ("cache", "no-store".into()),
        ("redirect", "error".into()),
        ("referrerPolicy", "no-referrer".into()),
        ("keepalive", request.keepalive.into()),
    ])
}

/// Piece by piece, so that an endless body is left at the bound. As `Response.json()` decodes (Fetch Standard, "UTF-8
/// decode"): a byte order mark at the start is none of the text, and an octet that is no UTF-8 costs one character.
async fn read_body(stream: &JsValue) -> Result<String, Fault> {
    let decoder = create("TextDecoder", Vec::new())?;
    let decode = |arguments| call(&decoder, "decode", arguments).map(|text| text.as_string().unwrap_or_default());
    let (mut text, mut length) = (String::new(), 0);
    if !is_absent(stream) {
        let reader = call(stream, "getReader", Vec::new())?;
        loop {
            let piece = get(&settled(call(&reader, "read", Vec::new())).await?, "value");
            if is_absent(&piece) {
                break;
            }
            let piece: Uint8Array = piece.unchecked_into();
            length += piece.length() as usize;
            if length > MAX_BODY {
                return Err(Fault::TooLarge);
            }
            text += &decode(vec![piece.into(), object(vec![("stream", true.into())])])?;
        }
        text += &decode(Vec::new())?;
    }
    Ok(text)
}
