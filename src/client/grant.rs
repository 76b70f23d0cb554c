//! From a token response to claims that may be believed.

use super::config::{IdTokenVerification, ProviderConfig};
use super::start::Inner;
use crate::platform::{CryptoError, Platform};
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::id_token::{self, Claims, Expectations};
use crate::protocol::jose::Compact;
use crate::protocol::json::Json;
use crate::protocol::metadata::ServerMetadata;

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
        let claims = id_token::validate(&compact, expected, self.provider_time(&compact.payload, date))?;
        self.vouch(provider, metadata, &compact).await?;
        Ok(claims)
    }

    /// The time at the provider, as far as an answer with that token and that `Date` tells it.
    pub(super) fn provider_time(&self, payload: &Json, date: Option<Millis>) -> Millis {
        let local = self.platform.now();
        local + id_token::learn_offset(payload, date, local)
    }

    /// Whether the token is the provider's: by its signature, or by the TLS connection that it came over.
    pub(super) async fn vouch(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        compact: &Compact,
    ) -> Result<(), Error> {
        match provider.id_token_verification {
            IdTokenVerification::Signature => self.verify_signature(provider, metadata, compact).await,
            IdTokenVerification::Tls => Ok(()),
        }
    }

    /// With the known keys, and if none of them fits, with those that the provider has now.
    async fn verify_signature(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        compact: &Compact,
    ) -> Result<(), Error> {
        for refetch in [false, true] {
            let keys = self.key_set(provider, metadata, refetch).await?;
            for key in keys.candidates(&compact.header) {
                let signed = compact.signing_input.as_bytes();
                match self.platform.verify(key, compact.header.alg, signed, &compact.signature).await {
                    Ok(true) => return Ok(()),
                    Err(CryptoError::Unavailable) => {
                        let message = "WebCrypto is missing: the page is not a secure context (https or localhost)";
                        return Err(Error::new(ErrorCode::CryptoUnavailable, message));
                    }
                    Ok(false) | Err(CryptoError::UnsupportedAlgorithm | CryptoError::InvalidKey) => {}
                }
            }
        }
        Err(Error::new(ErrorCode::InvalidIdToken, "signature: none of the provider's keys verifies it"))
    }
}
