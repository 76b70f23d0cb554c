//! Requests to APIs with the access token: where it may go, and what an API's answer means for the next attempt. Sending
//! is the caller's business, who alone knows the body and how to repeat it.

use super::start::Client;
use super::tokens::{AccountSelector, Granted, TokenOptions};
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::dpop;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::token::TokenType;
use crate::protocol::url;
use crate::protocol::www_authenticate::{Objection, objection};
use crate::session::record::Record;
use crate::session::refresh::Need;
use crate::session::schedule;
use core::future::Future;
use core::pin::Pin;

/// Header fields that authorize a request, by name.
pub type Headers = Vec<(&'static str, String)>;

/// An attempt under way.
pub(super) type Sending<'a> = Pin<Box<dyn Future<Output = Result<ApiAnswer, Error>> + 'a>>;

/// A request to an API, but for its body.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    /// The method as it is sent: case counts.
    pub method: String,
    /// An absolute URL in the browser's own spelling.
    pub url: String,
    /// Whether it can be sent again: a body that is a stream cannot.
    pub repeatable: bool,
}

/// What of an API's answer says whether another attempt can help.
#[derive(Clone, Debug, Default)]
pub struct ApiAnswer {
    /// HTTP status.
    pub status: u16,
    /// Where the answer came from, after redirects.
    pub url: String,
    /// `WWW-Authenticate`, where the page may read it.
    pub www_authenticate: Option<String>,
    /// `DPoP-Nonce`, where the page may read it.
    pub dpop_nonce: Option<String>,
}

/// What is to be sent: with which header fields, if with any, and where to.
pub type Attempt = (Option<Headers>, String);

impl<P: Platform> Client<P> {
    /// Whether tokens may be sent to that URL: only to the origins of the configuration.
    pub fn may_authorize(&self, url: &str) -> bool {
        let origins = &self.inner.config.allowed_origins;
        url::origin(url).is_some_and(|origin| origins.iter().any(|allowed| allowed == origin))
    }

    /// The header fields that authorize one request with that method to that URL (RFC 6750 section 2.1, RFC 9449 section
    /// 7.1). Ask anew for every request: a proof is good for one. Fails with [`ErrorCode::InvalidArgument`] for an origin that is not allowed, and as
    /// [`Client::access_token`] does.
    pub async fn authorization(&self, method: &str, url: &str, options: &TokenOptions) -> Result<Headers, Error> {
        self.inner.require_open()?;
        if !self.may_authorize(url) {
            let message = "url: its origin is not one of allowedOrigins, so no token may be sent there";
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let granted = self.granted(options).await?;
        self.headers(&granted, method, url).await
    }

    /// Sends a request with the access token if its origin is allowed, and without one otherwise. On 401 the token is
    /// renewed and the request repeated, once; a demand for a DPoP nonce is answered once. The last answer is the caller's; it came from the last call of `send`.
    ///
    /// Fails as [`Client::access_token`] does, as `send` does, and with [`ErrorCode::StepUpRequired`] if the API asks for
    /// a stronger or fresher sign-in (RFC 9470).
    pub async fn fetch<F>(
        &self,
        request: &ApiRequest,
        options: TokenOptions,
        mut send: impl FnMut(Attempt) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<ApiAnswer, Error>>,
    {
        self.inner.require_open()?;
        if !self.may_authorize(&request.url) {
            return send((None, request.url.clone())).await.map(|_| ());
        }
        self.authorized(request, options, &mut |attempt| Box::pin(send(attempt))).await
    }

    /// The same for a place that the token is meant for. Whatever sends, there is one of this in the module.
    pub(super) async fn authorized<'a>(
        &self,
        request: &ApiRequest,
        mut options: TokenOptions,
        send: &mut dyn FnMut(Attempt) -> Sending<'a>,
    ) -> Result<(), Error> {
        let mut granted = self.granted(&options).await?;
        let account = granted.record.account();
        // The same user until the end, whoever signs in meanwhile.
        options.account = AccountSelector {
            provider: Some(account.provider().to_owned()),
            subject: Some(account.subject().to_owned()),
        };
        let mut url = request.url.clone();
        let (mut renewed, mut with_nonce, mut moved) = (false, false, false);
        loop {
            let headers = self.headers(&granted, &request.method, &url).await?;
            let answer = send((Some(headers), url.clone())).await?;
            // A redirect to another origin left the token behind: what that origin says is not about it.
            if url::origin(&answer.url) != url::origin(&url) {
                return Ok(());
            }
            let noted = self.inner.note_nonce(&url, answer.dpop_nonce.as_deref());
            if answer.status != 401 {
                return Ok(());
            }
            let bound = granted.access.token_type == TokenType::Dpop;
            let elsewhere = url::page(&answer.url) != url::page(&url);
            if bound && elsewhere && !moved && matches!(&*request.method, "GET" | "HEAD") {
                // A redirect within the origin: the proof was for another URL. From here on there is one for this.
                url = answer.url;
                moved = true;
                continue;
            }
            let objection = answer.www_authenticate.as_deref().and_then(objection);
            if let Some((Objection::InsufficientUserAuthentication, demands)) = objection {
                let message = "the API asks for a stronger or fresher sign-in: see stepUp";
                let mut error = Error::new(ErrorCode::StepUpRequired, message);
                error.step_up = Some(Box::new(demands));
                return Err(error.of_provider(granted.record.account().provider()));
            }
            if bound && matches!(objection, Some((Objection::UseDpopNonce, _))) {
                if !noted {
                    let error = dpop::hidden_nonce(ErrorCode::InvalidResponse, answer.status);
                    return Err(error.of_provider(granted.record.account().provider()));
                }
                if with_nonce || !request.repeatable {
                    return Ok(());
                }
                with_nonce = true;
                continue;
            }
            if renewed {
                *self.inner.refused_anew.borrow_mut() = Some(granted.access.token);
                return Ok(());
            }
            match self.renewed(&granted, &options).await {
                Some(new) if request.repeatable => granted = new,
                _ => return Ok(()),
            }
            renewed = true;
        }
    }

    /// Another token than the one that was refused, if there can be one. `None` leaves the caller with the refusal, which
    /// says what the API thinks; that the session has ended is in the state and the events.
    async fn renewed(&self, refused: &Granted, options: &TokenOptions) -> Option<Granted> {
        let is_new = |granted: &Granted| granted.access.token != refused.access.token;
        let present = self.granted(options).await.ok()?;
        if is_new(&present) {
            return Some(present);
        }
        let age = self.inner.platform.now() - present.access.obtained_at;
        let hopeless = self.inner.refused_anew.borrow().as_ref() == Some(&present.access.token);
        if hopeless && (0..schedule::BACKGROUND_FLOOR).contains(&age) {
            // Callers of an API that refuses every token do not become a loop of renewals.
            return None;
        }
        let options = TokenOptions { force_refresh: true, ..options.clone() };
        self.granted(&options).await.ok().filter(is_new)
    }

    pub(super) async fn headers(&self, granted: &Granted, method: &str, url: &str) -> Result<Headers, Error> {
        let Granted { record, access } = granted;
        let mut headers = vec![("Authorization", [access.token_type.as_str(), " ", &access.token].concat())];
        if let (TokenType::Dpop, Some(key)) = (access.token_type, &record.key) {
            match self.inner.proof(key, method, url, Some(&access.token)).await {
                Ok(proof) => headers.push(("DPoP", proof)),
                Err(error) if error.code == ErrorCode::KeyLost => return Err(self.without_key(record, error).await),
                Err(error) => return Err(error.of_provider(record.account().provider())),
            }
        }
        Ok(headers)
    }

    /// A session without its key is at its end: the next refresh finds that out under the lock, so it comes now.
    async fn without_key(&self, record: &Record, error: Error) -> Error {
        if record.refresh_token.is_some() {
            let key = record.account().key(&self.inner.config.namespace);
            // What comes of it is in the state and the events.
            let _ = self.inner.refresh(&key, Need { impatient: true, ..Need::default() }).await;
        }
        error.of_provider(record.account().provider())
    }
}
