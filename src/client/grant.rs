//! From a token response to claims that may be believed.

use super::config::{IdTokenVerification, Level, ProviderConfig};
use super::keys::{Signature, crypto_unavailable};
use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::id_token::{self, Claims, Expectations};
use crate::protocol::jose::Compact;
use crate::protocol::json::Json;
use crate::protocol::metadata::ServerMetadata;
use crate::session::record::Record;

impl<P: Platform> Inner<P> {
    /// Sends a token request. With the answer comes the instant that its lifetimes count from: that of its arrival. If
    /// the page was frozen, or more time has passed than a request is allowed, nobody knows when that was; then they
    /// count from when the request was sent. Either clock may have stood still, or jumped, so the longer time is believed.
    pub(super) async fn send_token_request(&self, request: Request) -> (Result<Box<Response>, TransportError>, Millis) {
        let platform = &self.platform;
        let before = (platform.now(), platform.monotonic(), self.freezes.get());
        let answer = platform.send(request, self.config.request_timeout).await;
        let now = platform.now();
        let passed = (now - before.0).max(platform.monotonic() - before.1).max(0);
        let unsure = passed > self.config.request_timeout || self.freezes.get() != before.2;
        (answer, if unsure { now - passed } else { now })
    }

    /// Verifies an ID token (OpenID Connect Core section 3.1.3.7): its claims, then its signature. `date` is when the
    /// answer that it came in says that it was made.
    pub(super) async fn verify_id_token(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        id_token: &str,
        expected: &Expectations<'_>,
        date: Option<Millis>,
    ) -> Result<Claims, Error> {
        let compact = Compact::decode(id_token, P::parse_json)?;
        let hash = self.access_token_hash(&compact, expected).await?;
        let expected = Expectations { access_token_hash: hash.as_deref(), ..*expected };
        let claims = id_token::validate(&compact, &expected, self.provider_time(&compact.payload, date))?;
        self.vouch(provider, metadata, &compact).await?;
        Ok(claims)
    }

    /// Where the token says what the hash of the access token is, what it is.
    async fn access_token_hash(
        &self,
        compact: &Compact,
        expected: &Expectations<'_>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (Some(token), Some(_)) = (expected.access_token, compact.payload.str("at_hash")) else { return Ok(None) };
        let hash = self.platform.digest(compact.header.alg.hash(), token.as_bytes()).await;
        hash.map(Some).map_err(|_| crypto_unavailable())
    }

    /// The time at the provider, as far as an answer with that token and that `Date` tells it.
    pub(super) fn provider_time(&self, payload: &Json, date: Option<Millis>) -> Millis {
        let local = self.platform.now();
        local + id_token::learn_offset(payload, date, local)
    }

    /// Judges the ID token of a refresh; an error is one that ends the session. The claims, if they may take the place of
    /// those from before. If not, the log says why, and the session goes on with those.
    pub(super) async fn verify_refreshed(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        record: &Record,
        id_token: &str,
        expected: &Expectations<'_>,
        date: Option<Millis>,
    ) -> Result<Option<Claims>, Error> {
        let compact = Compact::decode(id_token, P::parse_json)?;
        // Whether it can be had says nothing about the session.
        let hash = self.access_token_hash(&compact, expected).await.ok().flatten();
        let expected = &Expectations { access_token_hash: hash.as_deref(), ..*expected };
        let old = record.claims.clone().and_then(|claims| Claims::from_json(claims).ok());
        // Also while the keys cannot be had.
        id_token::contradiction(&compact, old.as_ref(), record.account().subject(), expected)?;
        let doubt = match self.judge(provider, metadata, &compact).await {
            Ok(Signature::Good) => {
                let now = self.provider_time(&compact.payload, date);
                match id_token::validate_refreshed(&compact, old.as_ref(), expected, now) {
                    Ok(claims) => return Ok(Some(claims)),
                    Err(doubt) => doubt,
                }
            }
            Ok(Signature::Contradicted) => return Err(unverified(Signature::Contradicted)),
            Ok(Signature::Unknown) => unverified(Signature::Unknown),
            Err(doubt) => doubt,
        };
        let fields = vec![("provider", provider.id.as_str().into()), ("reason", (&*doubt.message).into())];
        self.log(Level::Warn, "refreshed_id_token_not_taken", fields);
        Ok(None)
    }

    /// Whether the token is the provider's: by its signature, or by the TLS connection that it came over.
    pub(super) async fn vouch(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        compact: &Compact,
    ) -> Result<(), Error> {
        match self.judge(provider, metadata, compact).await? {
            Signature::Good => Ok(()),
            doubt => Err(unverified(doubt)),
        }
    }

    async fn judge(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        compact: &Compact,
    ) -> Result<Signature, Error> {
        match provider.id_token_verification {
            IdTokenVerification::Signature => self.signature(provider, metadata, compact).await,
            IdTokenVerification::Tls => Ok(Signature::Good),
        }
    }
}

fn unverified(signature: Signature) -> Error {
    let message = if signature == Signature::Contradicted {
        "signature: none of the provider's keys verifies it"
    } else {
        "signature: the key that verifies it is not among the provider's keys, or not yet"
    };
    Error::new(ErrorCode::InvalidIdToken, message)
}
