//! UserInfo: what the provider says about the user now (OpenID Connect Core section 5.3).

use super::config::ProviderConfig;
use super::start::{Client, Inner};
use super::tokens::{AccountSelector, TokenOptions};
use crate::platform::Platform;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::Response;
use crate::protocol::id_token::{self, Expectations};
use crate::protocol::jose::Compact;
use crate::protocol::json::Json;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::userinfo::{self, UserInfo};
use crate::session::account::Account;
use crate::session::record::{Access, Record};
use std::rc::Rc;

impl<P: Platform> Client<P> {
    /// The claims of the UserInfo endpoint, after their `sub` was compared with the session's. They are the caller's own
    /// copy: what the session has of the ID token stays as it was verified.
    ///
    /// Fails with [`ErrorCode::Unsupported`] if the provider has no such endpoint or the session is without OpenID
    /// Connect, with [`ErrorCode::SubjectMismatch`] if the answer is about somebody else, with
    /// [`ErrorCode::UserinfoFailed`] if it is a refusal or no use, and as [`Client::access_token`] does.
    pub async fn user_info(&self, account: AccountSelector) -> Result<Json, Error> {
        let inner = &self.inner;
        inner.sure().await;
        inner.require_open()?;
        let (key, record) = inner.select(&account)?;
        let identity = &record.account;
        // The same user until the end, whoever signs in meanwhile.
        let account = AccountSelector {
            provider: Some(identity.provider().to_owned()),
            subject: Some(identity.subject().to_owned()),
        };
        let claims = match self.ask_user_info(&key, &record, &account).await {
            // Nothing is told about a user who has signed out meanwhile.
            Ok(claims) => inner.require_open().and_then(|()| inner.select(&account)).map(|_| claims),
            failed => failed,
        };
        claims.map_err(|error| error.of_provider(identity.provider()))
    }

    async fn ask_user_info(&self, key: &str, record: &Record, account: &AccountSelector) -> Result<Json, Error> {
        let inner = &self.inner;
        let provider = inner.config.provider(account.provider.as_deref())?;
        if record.claims.is_none() && !provider.uses_openid(&record.scope) {
            return Err(unsupported("the session is without OpenID Connect: there is no `sub` to compare with"));
        }
        let metadata = inner.metadata(provider).await?;
        let endpoint = metadata.userinfo_endpoint();
        let endpoint = endpoint.ok_or_else(|| unsupported("the provider's metadata names no `userinfo_endpoint`"))?;

        let mut refused: Option<(Rc<str>, Box<Response>)> = None;
        let (token, response) = loop {
            // Revoked, or expired on the provider's clock; unless another caller has had it replaced already.
            let is_refused = |access: &Access| refused.as_ref().is_some_and(|(token, _)| *token == access.token);
            let force_refresh = inner.record(key).is_some_and(|record| record.access.as_ref().is_some_and(is_refused));
            let options = TokenOptions { account: account.clone(), force_refresh, ..TokenOptions::default() };
            let token = match (self.access_token(options).await, refused.take_if(|_| force_refresh)) {
                // The refusal says more.
                (Err(error), Some(refused)) if error.code == ErrorCode::NoRefreshToken => break refused,
                (token, _) => token?,
            };
            let response = inner.send_user_info(endpoint, &token).await?;
            if response.status != 401 || force_refresh {
                break (token, response);
            }
            refused = Some((token, response));
        };
        let said = userinfo::process(&response, P::parse_json).map_err(|error| error.without(&[&token]))?;
        let claims = match said {
            UserInfo::Plain(claims) => claims,
            UserInfo::Signed(signed) => {
                inner.verify_user_info(provider, &metadata, &record.account, &signed, response.date).await?;
                signed.payload
            }
        };
        userinfo::about(claims, record.account.subject())
    }
}

impl<P: Platform> Inner<P> {
    async fn send_user_info(&self, endpoint: &str, token: &str) -> Result<Box<Response>, Error> {
        let request = userinfo::request(endpoint, token);
        self.platform.send(request, self.config.request_timeout).await.map_err(userinfo::unanswered)
    }

    /// As an ID token is (section 5.3.2): its claims, then its signature.
    async fn verify_user_info(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        account: &Account,
        signed: &Compact,
        date: Option<Millis>,
    ) -> Result<(), Error> {
        let algorithms = metadata.userinfo_algorithms()?;
        let expected = Expectations {
            issuer: account.issuer(),
            client_id: account.client_id(),
            algorithms: algorithms.as_deref(),
            tolerance: self.config.clock_tolerance,
            ..Expectations::default()
        };
        let now = self.provider_time(&signed.payload, date);
        id_token::validate_userinfo(signed, &expected, now).map_err(userinfo::of_userinfo)?;
        self.vouch(provider, metadata, signed).await.map_err(userinfo::of_userinfo)
    }
}

fn unsupported(message: &'static str) -> Error {
    Error::new(ErrorCode::Unsupported, message)
}
