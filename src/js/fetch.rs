//! `fetch` and `getAuthHeaders`: the module says what to send and whether to send it again; requests, bodies and
//! responses are things of JavaScript, and stay there.

use super::abort::{abortable, is_aborted, is_signal};
use super::object::frozen;
use super::{Core, Promise, options, promise};
use crate::client::{ApiAnswer, ApiRequest, Attempt, Headers};
use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode};
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
impl Core {
    /// `send` is called with the header fields and the URL of each attempt, or with null for a request that goes without
    /// any, and answers with a promise of what is looked at of the response. The response itself is kept by whoever made `send`.
    pub fn fetch(
        &self,
        method: String,
        url: String,
        repeatable: bool,
        signal: JsValue,
        options: JsValue,
        send: Function,
    ) -> Promise {
        let client = self.client.clone();
        let request = ApiRequest { method, url, repeatable };
        let signal = Some(signal).filter(is_signal);
        promise(options::token(&options).map(|(options, own_signal)| {
            let attempt = {
                let signals = [signal.clone(), own_signal.clone()];
                move |(headers, url): Attempt| {
                    let sent = send.call2(&JsValue::NULL, &headers.map_or(JsValue::NULL, object), &url.into());
                    let signals = signals.clone();
                    async move {
                        answered(sent).await.map(|answer| read(&answer)).map_err(|_| {
                            if signals.iter().flatten().any(is_aborted) {
                                Error::new(ErrorCode::Aborted, "the call was aborted")
                            } else {
                                let message =
                                    "the request was not answered: no connection, or refused by CORS or a policy";
                                Error::new(ErrorCode::Network, message)
                            }
                        })
                    }
                }
            };
            let work = async move { client.fetch(&request, options, attempt).await.map(|()| JsValue::UNDEFINED) };
            abortable(signal, abortable(own_signal, Box::pin(work)))
        }))
    }

    #[wasm_bindgen(js_name = getAuthHeaders)]
    pub fn get_auth_headers(&self, method: String, url: String, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(options::token(&options).map(|(options, signal)| {
            let work = async move { client.authorization(&method, &url, &options).await.map(object) };
            abortable(signal, Box::pin(work))
        }))
    }
}

fn answered(sent: Result<JsValue, JsValue>) -> JsFuture {
    JsFuture::from(match sent {
        Ok(promise) => Promise::resolve(&promise),
        Err(thrown) => Promise::reject(&thrown),
    })
}

fn object(headers: Headers) -> JsValue {
    frozen(&headers.iter().map(|(name, value)| (*name, value.into())).collect::<Vec<_>>())
}

fn read(answer: &JsValue) -> ApiAnswer {
    let member = |name: &str| Reflect::get(answer, &name.into()).unwrap_or_default();
    ApiAnswer {
        status: member("status").as_f64().unwrap_or_default() as u16,
        url: member("url").as_string().unwrap_or_default(),
        www_authenticate: member("challenge").as_string(),
        dpop_nonce: member("nonce").as_string(),
    }
}
