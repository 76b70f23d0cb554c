//! UserInfo: what the provider says about the user now (OpenID Connect Core section 5.3).

use super::config::ProviderConfig;
use super::fetch::{ApiAnswer, ApiRequest, Attempt, Headers, Sending};
use super::start::{Client, Inner};
use super::tokens::{AccountSelector, TokenOptions};
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::Response;
use crate::protocol::id_token::{self, Expectations};
use crate::protocol::jose::Compact;
use crate::protocol::json::Json;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::userinfo::{self, UserInfo};
use crate::session::account::Account;
use crate::session::record::Record;
use core::cell::RefCell;

impl<P: Platform> Client<P> {
    /// The claims of the UserInfo endpoint, after their `sub` was compared with the session's. They are the caller's own
    /// copy: what the session has of the ID token stays as it was verified.
    ///
    /// Fails with [`ErrorCode::Unsupported`] if the provider has no such endpoint or the session is without OpenID
    /// Connect, with [`ErrorCode::SubjectMismatch`] if the answer is about somebody else, with
    /// [`ErrorCode::UserinfoFailed`] if it is a refusal or no use, and as [`Client::access_token`] does. A token that the
    /// provider refuses is renewed once.
    pub async fn user_info(&self, account: AccountSelector) -> Result<Json, Error> {
        let inner = &self.inner;
        inner.sure().await;
        inner.require_open()?;
        let (_, record) = inner.select(&account)?;
        let identity = record.account();
        // The same user until the end, whoever signs in meanwhile.
        let account = AccountSelector {
            provider: Some(identity.provider().to_owned()),
            subject: Some(identity.subject().to_owned()),
        };
        let claims = match self.ask_user_info(&record, account.clone()).await {
            // Nothing is told about a user who has signed out meanwhile.
            Ok(claims) => inner.require_open().and_then(|()| inner.select(&account)).map(|_| claims),
            failed => failed,
        };
        claims.map_err(|error| error.of_provider(identity.provider()))
    }

    async fn ask_user_info(&self, record: &Record, account: AccountSelector) -> Result<Json, Error> {
        let inner = &self.inner;
        let provider = inner.config.provider(account.provider.as_deref())?;
        if record.claims.is_none() && !provider.uses_openid(&record.scope) {
            return Err(unsupported("the session is without OpenID Connect: there is no `sub` to compare with"));
        }
        let metadata = inner.metadata(provider).await?;
        let endpoint = metadata.userinfo_endpoint();
        let endpoint = endpoint.ok_or_else(|| unsupported("the provider's metadata names no `userinfo_endpoint`"))?;

        let request = ApiRequest { method: "GET".to_owned(), url: endpoint.to_owned(), repeatable: true };
        let options = TokenOptions { account, ..TokenOptions::default() };
        let answered: RefCell<(Headers, Box<Response>)> = RefCell::default();
        let mut ask = |(headers, _): Attempt| -> Sending<'_> {
            let headers = headers.unwrap_or_default();
            let answered = &answered;
            let sent = inner.platform.send(userinfo::request(endpoint, &headers), inner.config.request_timeout);
            Box::pin(async move {
                let response = sent.await.map_err(userinfo::unanswered)?;
                let answer = ApiAnswer {
                    status: response.status,
                    url: endpoint.to_owned(),
                    www_authenticate: response.www_authenticate.clone(),
                    dpop_nonce: response.dpop_nonce.clone(),
                };
                *answered.borrow_mut() = (headers, response);
                Ok(answer)
            })
        };
        self.authorized(&request, options, &mut ask).await?;
        let (headers, response) = answered.into_inner();
        let said = userinfo::process(&response, P::parse_json).map_err(|error| error.without(&secrets(&headers)))?;
        let claims = match said {
            UserInfo::Plain(claims) => claims,
            UserInfo::Signed(signed) => {
                inner.verify_user_info(provider, &metadata, record.account(), &signed, response.date).await?;
                signed.payload
            }
        };
        userinfo::about(claims, record.account().subject())
    }
}

impl<P: Platform> Inner<P> {
    /// As an ID token is (section 5.3.2): its claims, then its signature.
    async fn verify_user_info(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        account: &Account,
        signed: &Compact,
        date: Option<Millis>,
    ) -> Result<(), Error> {
        let algorithms = metadata.userinfo_algorithms();
        let expected = Expectations {
            issuer: account.issuer(),
            other_issuer: provider.id_token_issuer(),
            client_id: account.client_id(),
            other_audiences: provider.other_audiences(),
            algorithms: algorithms.as_deref(),
            tolerance: self.config.clock_tolerance,
            ..Expectations::default()
        };
        let now = self.provider_time(&signed.payload, date);
        id_token::validate_userinfo(signed, &expected, now).map_err(userinfo::of_userinfo)?;
        self.vouch(provider, metadata, signed).await.map_err(userinfo::of_userinfo)
    }
}

/// What is secret in header fields: the token behind the name of its scheme, and what has no such name.
fn secrets(headers: &Headers) -> Vec<&str> {
    let secret =
        |value| ["Bearer ", "DPoP "].iter().find_map(|scheme| str::strip_prefix(value, scheme)).unwrap_or(value);
    headers.iter().map(|(_, value)| secret(value.as_str())).collect()
}

fn unsupported(message: &'static str) -> Error {
    Error::new(ErrorCode::Unsupported, message)
}
