//! Native shells (Capacitor, Tauri, Electron): the provider's pages are opened in the system's browser, while this page
//! stays; the answer comes in through [`Client::handle_redirect`](super::Client::handle_redirect) (RFC 8252).

use super::config::{Level, OpenUrl};
use super::oneshot;
use super::sign_in::SignInResult;
use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::callback::Callback;
use crate::protocol::error::{Error, ErrorCode};
use core::pin::pin;
use futures_util::future::{Either, select};

/// The sign-in that the system's browser is open for.
pub(super) struct Opened {
    state: String,
    finished: oneshot::Sender<Result<SignInResult, Error>>,
}

impl<P: Platform> Inner<P> {
    /// Opens the authorization request, and comes to the end that its response comes to. There is one system browser:
    /// another sign-in ends the waiting for the one before it.
    pub(super) async fn sign_in_elsewhere(
        &self,
        provider: &str,
        open: &OpenUrl,
        url: String,
        state: String,
    ) -> Result<SignInResult, Error> {
        let (sender, finished) = oneshot::channel();
        *self.opened.borrow_mut() = Some(Opened { state, finished: sender });
        match select(finished, pin!(self.opened_or_refused(open, url))).await {
            Either::Left((Ok(outcome), _)) => outcome,
            Either::Left((Err(_), _)) => {
                self.require_open()?;
                Err(Error::new(ErrorCode::Aborted, "another sign-in was begun").of_provider(provider))
            }
            Either::Right((error, _)) => Err(self.sign_in_failed(provider, error)),
        }
    }

    /// An app may bring the response before its function has come to its end.
    async fn opened_or_refused(&self, open: &OpenUrl, url: String) -> Error {
        match open(url).await {
            Ok(()) => core::future::pending().await,
            Err(error) => error,
        }
    }

    /// Whoever waits for the response with that state gets what came of it.
    pub(super) fn answer_opened(&self, callback: &Callback, outcome: &Result<SignInResult, Error>) {
        let mut opened = self.opened.borrow_mut();
        if let Some(waiting) = opened.take_if(|opened| callback.state_values().contains(&&*opened.state)) {
            // Whoever stopped waiting needs no answer.
            waiting.finished.send(outcome.clone());
        }
    }

    /// Opens the provider's logout. Here the user is signed out, whatever comes of it.
    pub(super) async fn log_out_elsewhere(&self, open: &OpenUrl, url: String) {
        if let Err(error) = open(url).await {
            self.log(Level::Warn, "logout_not_opened", vec![("code", error.code.as_str().into())]);
        }
    }
}
