//! Requests to a provider through `fetch`. `http.js` sends them, in 0.6 kB of brotli where it was 1.9 kB of the module.

use super::clock::LONGEST;
use super::interop::{Abort, array, elements, settled};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::http::{MAX_BODY, Request, Response, TransportError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform/web/http.js")]
extern "C" {
    #[wasm_bindgen(js_name = send, variadic)]
    fn begin(arguments: Vec<JsValue>) -> JsValue;
}

/// The time allowed covers the body, too. Whoever drops this aborts the request.
pub(super) async fn send(request: Request, timeout: Millis) -> Result<Box<Response>, TransportError> {
    let abort = Abort::new();
    let headers = request.headers.iter().map(|(name, value)| array(vec![(*name).into(), value.into()])).collect();
    let answer = begin(vec![
        request.url.as_str().into(),
        array(headers),
        request.form.as_deref().into(),
        request.keepalive.into(),
        (timeout.clamp(0, LONGEST) as f64).into(),
        (MAX_BODY as f64).into(),
        abort.0.clone(),
    ]);
    match settled(Ok(answer)).await {
        Ok(answer) => Ok(Box::new(response(&answer))),
        Err(fault) => Err(match fault.as_string().as_deref() {
            Some("timeout") => TransportError::Timeout,
            Some("cors") => TransportError::Cors,
            Some("unreadable") => TransportError::Unreadable,
            _ => TransportError::Network,
        }),
    }
}

fn response(answer: &JsValue) -> Response {
    let mut members = elements(answer).unwrap_or_default().into_iter();
    let mut next = || members.next().unwrap_or_default();
    // In the order of what `exchange` returns.
    let (status, date) = (next().as_f64().unwrap_or_default() as u16, next().as_f64());
    let mut next = || next().as_string();
    Response {
        status,
        date: date.filter(|date| date.is_finite()).map(|date| date as Millis),
        content_type: next(),
        retry_after: next(),
        dpop_nonce: next(),
        www_authenticate: next(),
        body: next().unwrap_or_default(),
    }
}
