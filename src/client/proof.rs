//! Proofs of possession (RFC 9449): a key for each sign-in, a proof for each request, the nonces that servers want in them.

use super::config::{ProviderConfig, Usage};
use super::start::Inner;
use crate::platform::{Area, KeyError, Platform};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::authorization::random_value;
use crate::protocol::dpop::{self, Proof};
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::jwks::Jwk;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::token::{Failure, FailureKind};
use crate::protocol::url;
use crate::session::account::session_prefix;
use crate::session::proof_key::{self, ProofKey};
use crate::session::record::Record;

/// The last nonces of so many origins are kept.
const MOST_NONCES: usize = 16;
/// In half a year a tab with a session of its own has been closed, or the provider has ended the session.
const OLDEST_KEY: Millis = 180 * 24 * 3_600_000;

impl<P: Platform> Inner<P> {
    /// The key for a new grant, if its tokens are to be bound to one.
    pub(super) async fn new_key(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        area: Area,
    ) -> Result<Option<ProofKey>, Error> {
        let supported = metadata.supports_dpop();
        match provider.dpop {
            Usage::Never => return Ok(None),
            Usage::Auto if supported != Some(true) => return Ok(None),
            Usage::Always if supported == Some(false) => {
                let message = "the provider's metadata says that it does not take proofs with ES256";
                return Err(Error::new(ErrorCode::DpopRequired, message));
            }
            Usage::Auto | Usage::Always => {}
        }
        let now = self.platform.now();
        let name =
            proof_key::name(&self.config.namespace, &provider.owner(), now, &random_value(self.platform.random()));
        match self.platform.create_key(area, &name).await {
            Ok(public) => match Jwk::from_json(&public) {
                Some(public) => Ok(Some(ProofKey { name, public, clock_offset: 0 })),
                None => Err(unusable(KeyError::Unavailable)),
            },
            // Bound is better, unbound is allowed.
            Err(_) if provider.dpop == Usage::Auto => Ok(None),
            Err(error) => Err(unusable(error)),
        }
    }

    /// The value of the `DPoP` header field of one request.
    pub(super) async fn proof(
        &self,
        key: &ProofKey,
        method: &str,
        url: &str,
        access_token: Option<&str>,
    ) -> Result<String, Error> {
        let (id, nonce) = (random_value(self.platform.random()), self.nonce(url));
        let issued_at = self.platform.now() + key.clock_offset;
        let nonce = nonce.as_deref();
        let proof = Proof { key: &key.public, method, url, issued_at, id: &id, nonce, access_token };
        let signing_input = proof.signing_input();
        match self.platform.sign(&key.name, signing_input.as_bytes()).await {
            Ok(signature) => Ok(dpop::complete(signing_input, &signature)),
            Err(error) => Err(unusable(error)),
        }
    }

    /// Sends a request to the token endpoint, with a proof if there is a key. A demand for a nonce is answered once.
    pub(super) async fn send_proven(
        &self,
        request: Request,
        key: Option<&ProofKey>,
    ) -> Result<(Result<Box<Response>, TransportError>, Millis), Error> {
        let mut last = false;
        loop {
            let mut attempt = request.clone();
            if let Some(key) = key {
                attempt.headers.push(("DPoP", self.proof(key, "POST", &request.url, None).await?));
            }
            let (answer, received_at) = self.send_token_request(attempt).await;
            if let (Some(_), Ok(response)) = (key, &answer)
                && self.demands_nonce(&request.url, response, ErrorCode::TokenEndpoint)?
                && !last
            {
                last = true;
                continue;
            }
            return Ok((answer, received_at));
        }
    }

    /// Sends a pushed authorization request: a simple form post, which needs no preflight. Only if the provider demands a
    /// nonce, and there is a key, it is sent once more with a proof (section 10.1).
    pub(super) async fn send_pushed(
        &self,
        request: Request,
        key: Option<&ProofKey>,
    ) -> Result<Result<Box<Response>, TransportError>, Error> {
        let mut again = request.clone();
        let answer = self.platform.send(request, self.config.request_timeout).await;
        let (Some(key), Ok(response)) = (key, &answer) else { return Ok(answer) };
        if !self.demands_nonce(&again.url, response, ErrorCode::AuthorizationFailed)? {
            return Ok(answer);
        }
        let proof = self.proof(key, "POST", &again.url, None).await?;
        again.headers.push(("DPoP", proof));
        let url = again.url.clone();
        let answer = self.platform.send(again, self.config.request_timeout).await;
        if let Ok(response) = &answer {
            self.note_nonce(&url, response.dpop_nonce.as_deref());
        }
        Ok(answer)
    }

    /// Keeps the nonce of an answer. Whether the answer demands that the request be made again with it; an error of that
    /// code if a page cannot do so.
    fn demands_nonce(&self, url: &str, response: &Response, code: ErrorCode) -> Result<bool, Error> {
        let noted = self.note_nonce(url, response.dpop_nonce.as_deref());
        let wanted = dpop::wants_nonce(response, P::parse_json);
        if wanted && !noted { Err(dpop::hidden_nonce(code, response.status)) } else { Ok(wanted) }
    }

    /// Keeps the nonce for the next request to that origin; successes bring new ones, too. `false` if there is none.
    pub(super) fn note_nonce(&self, url: &str, nonce: Option<&str>) -> bool {
        let (Some(origin), Some(nonce)) = (url::origin(url), nonce.and_then(dpop::nonce)) else { return false };
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(known, _)| known != origin);
        if nonces.len() == MOST_NONCES {
            nonces.remove(0);
        }
        nonces.push((origin.to_owned(), nonce.to_owned()));
        true
    }

    fn nonce(&self, url: &str) -> Option<String> {
        let origin = url::origin(url)?;
        self.nonces.borrow().iter().find(|(known, _)| known == origin).map(|(_, nonce)| nonce.clone())
    }

    /// A key that nothing is bound to any more.
    pub(super) async fn drop_key(&self, key: Option<&ProofKey>) {
        if let Some(key) = key {
            self.platform.remove_keys(&key.name, None).await;
        }
    }

    /// With storage "session", a tab that is closed leaves its key behind: nobody signs out. Which sessions other tabs
    /// have, nobody can see from here, so keys go when they are of a great age, and all sessions here are younger.
    /// Another client's keys are its own business.
    pub(super) async fn sweep_keys(&self) {
        let namespace = &self.config.namespace;
        let oldest = self.platform.now() - OLDEST_KEY;
        let bound: Vec<_> = self.config.providers.iter().filter(|provider| provider.dpop != Usage::Never).collect();
        for provider in &bound {
            let owner = provider.owner();
            let (prefix, before) =
                (proof_key::prefix(namespace, &owner), proof_key::name(namespace, &owner, oldest, ""));
            let is_old = |key: &ProofKey| key.name.starts_with(&prefix) && key.name < before;
            let in_use = |record: &Record| record.key.as_ref().is_some_and(is_old);
            if !self.entries.borrow().iter().any(|entry| in_use(&entry.record)) {
                self.platform.remove_keys(&prefix, Some(&before)).await;
            }
        }
        if bound.is_empty() {
            return;
        }
        // Those that do not say whose they are stay also on account of what another client has stored.
        let (prefix, before) = (proof_key::prefix_of_all(namespace), proof_key::unowned_before(namespace, oldest));
        let Ok(stored) = self.store.list(&session_prefix(namespace)).await else { return };
        let in_use = |(key, text): &(String, String)| {
            let key = Record::decode(text, key, namespace, P::parse_json).ok().and_then(|record| record.key);
            key.is_some_and(|key| key.name < before)
        };
        if !stored.iter().any(in_use) {
            self.platform.remove_keys(&prefix, Some(&before)).await;
        }
    }

    /// The key of what was stored, unless it is that of what is stored now.
    pub(super) async fn drop_replaced_key(&self, replaced: Option<&Record>, by: Option<&Record>) {
        let key = replaced.and_then(|record| record.key.as_ref());
        let kept = by.and_then(|record| record.key.as_ref());
        if key.map(|key| &key.name) != kept.map(|key| &key.name) {
            self.drop_key(key).await;
        }
    }
}

/// What it means for a session that its key is of no use.
pub(super) fn unproven(error: Error) -> Failure {
    let kind = match error.code {
        ErrorCode::KeyLost => FailureKind::SessionEnded,
        ErrorCode::Storage => FailureKind::Transient { retry_after: None },
        _ => FailureKind::Refused,
    };
    Failure { kind, error }
}

fn unusable(error: KeyError) -> Error {
    let (code, message) = match error {
        KeyError::Lost => (ErrorCode::KeyLost, "the key that the tokens are bound to is gone: sign in again"),
        KeyError::Storage => (ErrorCode::Storage, "the key that tokens are bound to cannot be read or written now"),
        KeyError::Unavailable => {
            (ErrorCode::CryptoUnavailable, "there is no WebCrypto that makes ES256 keys: tokens cannot be bound to one")
        }
    };
    Error::new(code, message)
}
