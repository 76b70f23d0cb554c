//! Signing in without leaving the page: in a popup, or in a frame that nobody sees.

use super::config::ProviderConfig;
use super::sign_in::{Mode, SignInOptions, SignInResult};
use super::start::{Client, Inner};
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use alloc::rc::Rc;
use core::future::pending;
use core::pin::pin;
use futures_util::future::{Either, select};

/// Nobody waits longer for what needs no user.
const SILENT_TIMEOUT: Millis = 10_000;

impl<P: Platform> Client<P> {
    pub(super) fn open_beside(&self, mode: Mode) -> Option<P::Window> {
        match mode {
            Mode::Redirect => None,
            Mode::Popup => self.inner.platform.open_popup(),
            Mode::Silent => self.inner.platform.open_frame(),
        }
    }

    pub(super) async fn sign_in_beside(
        &self,
        mode: Mode,
        window: Option<P::Window>,
        provider: &ProviderConfig,
        options: &SignInOptions,
    ) -> Result<SignInResult, Error> {
        let inner = &self.inner;
        let failed = |code, message: &'static str| inner.sign_in_failed(&provider.id, Error::new(code, message));
        let Some(window) = window else {
            return Err(match mode {
                Mode::Popup => failed(
                    ErrorCode::PopupBlocked,
                    "the browser opened no window: call signIn in the handler of a click, before anything is awaited",
                ),
                _ => failed(ErrorCode::Unsupported, "there is no page here that a frame could be in"),
            });
        };
        let timeout = options.timeout.or((mode == Mode::Silent).then_some(SILENT_TIMEOUT));
        let timeout = async {
            match timeout {
                Some(timeout) => inner.platform.sleep(timeout).await,
                None => pending().await,
            }
        };
        let response = async {
            let (url, state) = inner.begin(provider, options, false).await?;
            let pending = Pending { inner: inner.clone(), state };
            let answer = inner.platform.visit(&window, &url, &pending.state).await;
            let url = answer.ok_or_else(|| failed(ErrorCode::PopupClosed, "the user closed the window"))?;
            match self.handle_redirect(Some(url)).await {
                Some(result) => result.outcome,
                None => Err(failed(ErrorCode::InvalidResponse, "what came back is no authorization response")),
            }
        };
        match select(pin!(response), pin!(timeout)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(failed(ErrorCode::Timeout, "the sign-in took longer than it may")),
        }
    }
}

/// A transaction that is of no use any more when nobody waits for its response.
pub(super) struct Pending<P: Platform> {
    inner: Rc<Inner<P>>,
    state: String,
}

impl<P: Platform> Pending<P> {
    pub(super) fn new(inner: &Inner<P>, state: &str) -> Option<Self> {
        Some(Pending { inner: inner.this.borrow().upgrade()?, state: state.to_owned() })
    }
}

impl<P: Platform> Drop for Pending<P> {
    fn drop(&mut self) {
        let (inner, state) = (self.inner.clone(), core::mem::take(&mut self.state));
        self.inner.platform.spawn(async move { inner.forget(&state).await });
    }
}
