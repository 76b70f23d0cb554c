//! Requests to APIs with the access token: where it may go, and what an API's answer means for the next attempt. Sending
//! is the caller's business, who alone knows the body and how to repeat it.

use super::start::Client;
use super::tokens::{AccountSelector, Granted, TokenOptions};
use crate::platform::Platform;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::url;
use crate::protocol::www_authenticate::{Objection, objection};
use crate::session::schedule;
use std::future::Future;
use std::pin::Pin;

/// Header fields that authorize a request, by name.
pub type Headers = Vec<(&'static str, String)>;

/// A request on its way.
pub(super) type Attempt<'a> = Pin<Box<dyn Future<Output = Result<ApiAnswer, Error>> + 'a>>;

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
}

impl<P: Platform> Client<P> {
    /// Whether tokens may be sent to that URL: only to the origins of the configuration.
    pub fn may_authorize(&self, url: &str) -> bool {
        let origins = &self.inner.config.allowed_origins;
        url::origin(url).is_some_and(|origin| origins.iter().any(|allowed| allowed == origin))
    }

    /// The header fields that authorize one request with that method to that URL (RFC 6750 section 2.1). Ask anew for
    /// every request. Fails with [`ErrorCode::InvalidArgument`] for an origin that is not allowed, and as
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
    /// renewed and the request repeated, once. The last answer is the caller's; it came from the last call of `send`.
    ///
    /// Fails as [`Client::access_token`] does, as `send` does, and with [`ErrorCode::StepUpRequired`] if the API asks for
    /// a stronger or fresher sign-in (RFC 9470).
    pub async fn fetch<F>(
        &self,
        request: &ApiRequest,
        options: TokenOptions,
        mut send: impl FnMut(Option<Headers>) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<ApiAnswer, Error>>,
    {
        self.inner.require_open()?;
        if !self.may_authorize(&request.url) {
            return send(None).await.map(|_| ());
        }
        self.authorized(request, options, &mut |headers| Box::pin(send(Some(headers)))).await
    }

    /// The same for a place that the token is meant for. Whatever sends, there is one of this in the module.
    pub(super) async fn authorized<'a>(
        &self,
        request: &ApiRequest,
        mut options: TokenOptions,
        send: &mut dyn FnMut(Headers) -> Attempt<'a>,
    ) -> Result<(), Error> {
        let mut granted = self.granted(&options).await?;
        let account = &granted.record.account;
        // The same user until the end, whoever signs in meanwhile.
        options.account = AccountSelector {
            provider: Some(account.provider().to_owned()),
            subject: Some(account.subject().to_owned()),
        };
        let mut renewed = false;
        loop {
            let answer = send(self.headers(&granted, &request.method, &request.url).await?).await?;
            // A redirect to another origin left the token behind: what that origin refuses says nothing about it.
            if answer.status != 401 || url::origin(&answer.url) != url::origin(&request.url) {
                return Ok(());
            }
            let objection = answer.www_authenticate.as_deref().and_then(objection);
            if let Some((Objection::InsufficientUserAuthentication, demands)) = objection {
                let message = "the API asks for a stronger or fresher sign-in: see stepUp";
                let mut error = Error::new(ErrorCode::StepUpRequired, message);
                error.step_up = Some(Box::new(demands));
                return Err(error.of_provider(granted.record.account.provider()));
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

    async fn headers(&self, granted: &Granted, _method: &str, _url: &str) -> Result<Headers, Error> {
        let scheme = granted.access.token_type.as_str();
        Ok(vec![("Authorization", [scheme, " ", &granted.access.token].concat())])
    }
}
