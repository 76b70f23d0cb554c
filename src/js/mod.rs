//! The skin of the npm package: what `pkg/` calls. It converts, calls and returns promises; everything else is the
//! client's. The only module with exports, an allocator and a panic hook: the feature `js` is never on in a Rust app.
#![allow(unreachable_pub, reason = "wasm-bindgen exports public items only")]

mod abort;
mod allocator;
mod config;
mod error;
mod fetch;
pub(crate) mod local;
mod members;
mod object;
mod options;
mod panic;
mod state;

use crate::client::{Arrival, Client, Subscription, TokenOptions};
use crate::platform::web::{Web, to_js};
use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode};

use abort::{Work, abortable, is_aborted};
use alloc::rc::Rc;
use core::cell::RefCell;
use core::future::pending;
use error::auth_error;
use js_sys::{Array, Function, JsString, Object, Promise};
use state::Snapshots;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// The first call: brings the class of errors, and what to call when the module panics.
#[wasm_bindgen]
pub fn start(auth_error: Function, stop: Function) {
    error::set_class(auth_error);
    panic::set_hook(stop);
}

/// One instance. Its methods clone the handle of the client, so that `free` is safe while calls are under way.
#[wasm_bindgen]
pub struct Core {
    client: Client<Web>,
    kept: Rc<Kept>,
    _subscriptions: [Subscription; 3],
}

/// What has been made for JavaScript and is handed out again.
#[derive(Default)]
struct Kept {
    snapshots: Snapshots,
    token: RefCell<Option<(Rc<str>, JsValue)>>,
}

#[wasm_bindgen]
impl Core {
    /// `tell` is called with "state" and every new state, beginning with the present one, with the name and the object of
    /// every event, and with "doubt" when the token that was handed out last must be asked for again. `page` stands for the page, where this is in a worker.
    #[wasm_bindgen(constructor)]
    pub fn new(config: JsValue, tell: Function, page: Option<Object>) -> Result<Core, JsValue> {
        let client = client(&config, page.map(JsValue::from)).map_err(|error| auth_error(&error))?;
        let kept = Rc::new(Kept::default());
        let tell = move |event: &str, object: JsValue| {
            // It catches what listeners throw.
            let _ = tell.call2(&JsValue::NULL, &event.into(), &object);
        };
        tell("state", kept.snapshots.state(&client.state()));
        let states = client.subscribe({
            let (kept, tell) = (kept.clone(), tell.clone());
            move |state| {
                // Nothing of a session that has ended stays here.
                kept.token.take();
                tell("state", kept.snapshots.state(state));
            }
        });
        let doubts = client.on_doubt({
            let tell = tell.clone();
            move || tell("doubt", JsValue::UNDEFINED)
        });
        let events = client.on_event({
            let kept = kept.clone();
            move |event| {
                let (name, object) = kept.snapshots.event(event);
                tell(name, object);
            }
        });
        Ok(Core { client, kept, _subscriptions: [states, events, doubts] })
    }

    /// The promise of the redirect result. `view` is what the page has shown so far, empty for a visitor. The page has seen
    /// to its address: `url` is the response that it came with, `shown` what has been made of the address since.
    pub fn start(&self, view: Option<String>, url: Option<String>, shown: Option<String>) -> Promise {
        let (client, kept) = (self.client.clone(), self.kept.clone());
        let arrival = url.map(|url| Arrival { shown, url });
        promise(Ok(Box::pin(async move {
            match view {
                Some(view) => client.start_from(view).await,
                None => client.start_at(arrival).await,
            }
            Ok(kept.snapshots.redirect_result(client.redirect_result().as_ref()))
        })))
    }

    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, options: JsValue) -> Promise {
        let (client, kept) = (self.client.clone(), self.kept.clone());
        promise(options::sign_in(&options).map(|(options, signal)| {
            if signal.as_ref().is_some_and(is_aborted) {
                return abortable(signal, Box::pin(pending()));
            }
            // Called here and not in the future, so that a popup opens before this returns.
            let signing_in = client.sign_in(options);
            abortable(signal, Box::pin(async move { Ok(kept.snapshots.sign_in_result(&signing_in.await?)) }))
        }))
    }

    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(options::sign_out(&options).map(|options| -> Work {
            Box::pin(async move { client.sign_out(options).await.map(|()| JsValue::UNDEFINED) })
        }))
    }

    /// The token itself if it is at hand, else a promise.
    #[wasm_bindgen(js_name = getAccessToken)]
    pub fn get_access_token(&self, options: JsValue) -> JsValue {
        let (options, signal) = match options::token(&options) {
            Ok(read) => read,
            Err(error) => return promise(Err(error)).into(),
        };
        if !signal.as_ref().is_some_and(is_aborted)
            && let Some(token) = self.cached_token(&options)
        {
            return token;
        }
        let client = self.client.clone();
        let renewing = async move { client.access_token(options).await.map(|token| (&*token).into()) };
        promise(Ok(abortable(signal, Box::pin(renewing)))).into()
    }

    #[wasm_bindgen(js_name = getUserInfo)]
    pub fn get_user_info(&self, options: JsValue) -> Promise {
        let client = self.client.clone();
        promise(options::selector(&options).map(|account| -> Work {
            Box::pin(async move { client.user_info(account).await.map(|claims| to_js(&claims)) })
        }))
    }

    #[wasm_bindgen(js_name = handleRedirect)]
    pub fn handle_redirect(&self, url: JsValue, shown: Option<String>) -> Promise {
        let (client, kept) = (self.client.clone(), self.kept.clone());
        promise(options::url(&url).map(|url| -> Work {
            Box::pin(async move {
                let result = match (url, shown) {
                    (Some(url), Some(shown)) => client.handle_arrival(Arrival { url, shown: Some(shown) }).await,
                    (url, _) => client.handle_redirect(url).await,
                };
                Ok(kept.snapshots.redirect_result(result.as_ref()))
            })
        }))
    }

    pub fn close(&self) {
        self.client.close();
    }

    /// Within which time the token that was handed out last, to a call without options, may be handed out again if there is
    /// no doubt: from and until which time of the wall clock, and until which of the clock that nobody can set.
    #[wasm_bindgen(js_name = tokenBounds)]
    pub fn token_bounds(&self) -> JsValue {
        let Some([from, until, deadline]) = self.client.cached_within() else { return JsValue::NULL };
        Array::of3(&(from as f64).into(), &(until as f64).into(), &(deadline as f64).into()).into()
    }

    /// The same string of JavaScript's for the same token.
    fn cached_token(&self, options: &TokenOptions) -> Option<JsValue> {
        let token = self.client.cached_token(options)?;
        let mut kept = self.kept.token.borrow_mut();
        match &*kept {
            Some((known, string)) if Rc::ptr_eq(known, &token) => Some(string.clone()),
            _ => {
                let string: JsValue = JsString::from(&*token).into();
                *kept = Some((token, string.clone()));
                Some(string)
            }
        }
    }
}

fn client(config: &JsValue, page: Option<JsValue>) -> Result<Client<Web>, Error> {
    let config::Setup { config, storage, by_id } = config::setup(config)?;
    Client::new(Web::of_page(storage, &config.namespace, page), config).map_err(|mut error| match &error.provider {
        Some(id) if by_id && error.code == ErrorCode::InvalidConfig => {
            let message = ["providers.", id, ".", &error.message].concat();
            error.message = message.into();
            error
        }
        _ => error,
    })
}

/// Every promise is made here, so that the module has the code for it once.
fn promise(work: Result<Work, Error>) -> Promise {
    future_to_promise(async move {
        let outcome = match work {
            Ok(work) => work.await,
            Err(error) => Err(error),
        };
        outcome.map_err(|error| auth_error(&error))
    })
}
