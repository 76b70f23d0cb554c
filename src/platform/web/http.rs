//! Requests to a provider through `fetch`.

use super::clock;
use super::interop::{AbortOnDrop, member, object};
use crate::protocol::Millis;
use crate::protocol::http::{MAX_BODY, Request, Response, TransportError};
use futures_util::future::{Either, select};
use js_sys::{Promise, Uint8Array};
use std::pin::pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;

    type Stream;
    #[wasm_bindgen(method, js_name = getReader, catch)]
    fn get_reader(this: &Stream) -> Result<Reader, JsValue>;

    type Reader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<Promise, JsValue>;
}

/// The time allowed covers the body, too. Whoever drops this aborts the request.
pub(super) async fn send(request: Request, timeout: Millis) -> Result<Response, TransportError> {
    match select(pin!(exchange(request)), pin!(clock::sleep(timeout))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(TransportError::Timeout),
    }
}

async fn exchange(request: Request) -> Result<Response, TransportError> {
    let abort = AbortOnDrop::new().ok_or(TransportError::Network)?;
    let answer = settle(fetch(&request.url, &options(&request, &abort))).await?;
    let answer: web_sys::Response = answer.unchecked_into();
    let header = |name| answer.headers().get(name).ok().flatten();
    Ok(Response {
        status: answer.status(),
        content_type: header("content-type"),
        retry_after: header("retry-after"),
        date: header("date")
            .map(|date| js_sys::Date::parse(&date))
            .filter(|date| date.is_finite())
            .map(|date| date as Millis),
        body: read_body(&answer).await?,
    })
}

fn options(request: &Request, abort: &AbortOnDrop) -> JsValue {
    let mut headers: Vec<(&str, JsValue)> = vec![("Accept", "application/json".into())];
    let (method, body) = match &request.form {
        Some(form) => {
            headers.push(("Content-Type", "application/x-www-form-urlencoded".into()));
            ("POST", form.into())
        }
        None => ("GET", JsValue::UNDEFINED),
    };
    headers.extend(request.headers.iter().map(|(name, value)| (*name, value.into())));
    object(&[
        ("method", method.into()),
        ("headers", object(&headers)),
        ("body", body),
        ("signal", abort.signal()),
        ("credentials", "omit".into()),
        ("cache", "no-store".into()),
        ("redirect", "error".into()),
        ("referrerPolicy", "no-referrer".into()),
        ("keepalive", request.keepalive.into()),
    ])
}

/// Piece by piece, so that an endless body is left at the bound.
async fn read_body(answer: &web_sys::Response) -> Result<String, TransportError> {
    let mut bytes = Vec::new();
    if let Some(stream) = member(answer, "body") {
        let reader = stream.unchecked_ref::<Stream>().get_reader().map_err(|_| TransportError::Unreadable)?;
        while let Some(piece) = member(&settle(reader.read()).await?, "value") {
            let piece: Uint8Array = piece.unchecked_into();
            if bytes.len() + piece.length() as usize > MAX_BODY {
                return Err(TransportError::Unreadable);
            }
            bytes.extend(piece.to_vec());
        }
    }
    String::from_utf8(bytes).map_err(|_| TransportError::Unreadable)
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<JsValue, TransportError> {
    JsFuture::from(promise.map_err(|_| TransportError::Network)?).await.map_err(|_| TransportError::Network)
}
