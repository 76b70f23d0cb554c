//! The provider's metadata: from memory, from the storage, from the network, in that order; and the cache that it shares
//! with the keys.

use super::config::{Level, ProviderConfig};
use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::json::Json;
use crate::protocol::metadata::{ServerMetadata, discovery_urls};
use crate::session::fields::{Fields, object};
use alloc::rc::Rc;

/// What a provider publishes is believed for a day.
const MOST_AGE: Millis = 24 * 60 * 60_000;

impl<P: Platform> Inner<P> {
    /// The metadata of a provider, discovered only if nothing else has it.
    pub(super) async fn metadata(&self, provider: &ProviderConfig) -> Result<Rc<ServerMetadata>, Error> {
        let issuer = provider.issuer.as_deref();
        if let (true, Some(json)) = (provider.is_complete(), &provider.metadata) {
            return ServerMetadata::from_json(json, issuer).map(Rc::new);
        }
        let issuer = issuer.ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "issuer: is needed"))?;
        let known =
            self.metadata.borrow().iter().find(|(id, since, _)| *id == provider.id && self.is_fresh(*since)).cloned();
        if let Some((.., known)) = known {
            return Ok(known);
        }
        let key = self.cache_key("metadata", &provider.id);
        // With the configured members, which have won over the discovered ones: if they change, so does the source.
        let source = [issuer, &provider.metadata.as_ref().map(Json::to_text).unwrap_or_default()].concat();
        let cached = self
            .cached(&key, &source)
            .await
            .and_then(|cached| Some((cached.fetched_at, ServerMetadata::from_json(&cached.json, Some(issuer)).ok()?)));
        let (since, metadata) = match cached {
            Some(cached) => cached,
            None => {
                let metadata = self.discover(provider, issuer).await?;
                self.keep(&key, &source, metadata.to_json(), Json::Null).await;
                (self.platform.now(), metadata)
            }
        };
        let metadata = Rc::new(metadata);
        let mut known = self.metadata.borrow_mut();
        known.retain(|(id, ..)| *id != provider.id);
        known.push((provider.id.clone(), since, metadata.clone()));
        Ok(metadata)
    }

    /// Asks at every place, until one has metadata that can be used: some providers answer with an error, an app's page or
    /// nothing that a page may read where only OpenID Connect looks. Whoever does not answer in time is not asked again.
    async fn discover(&self, provider: &ProviderConfig, issuer: &str) -> Result<ServerMetadata, Error> {
        let mut failure: Option<Error> = None;
        for url in discovery_urls(issuer) {
            let answer = self.fetch(&url).await;
            let metadata = answer.and_then(|response| {
                ServerMetadata::process(&response, issuer, provider.metadata.as_ref(), P::parse_json)
            });
            match metadata {
                Ok(metadata) => {
                    self.log_ignored(provider, &metadata);
                    return Ok(metadata);
                }
                Err(error) => {
                    let over = error.code == ErrorCode::Timeout;
                    // What is wrong with metadata says more than that there is none elsewhere.
                    let says_more = |known: &Error| {
                        error.code == ErrorCode::InvalidMetadata && known.code != ErrorCode::InvalidMetadata
                    };
                    if failure.as_ref().is_none_or(says_more) {
                        failure = Some(error);
                    }
                    if over {
                        break;
                    }
                }
            }
        }
        Err(failure
            .unwrap_or_else(|| Error::new(ErrorCode::DiscoveryFailed, "the provider's metadata could not be had")))
    }

    fn log_ignored(&self, provider: &ProviderConfig, metadata: &ServerMetadata) {
        for member in &metadata.ignored {
            let fields = vec![("provider", provider.id.as_str().into()), ("member", (*member).into())];
            self.log(Level::Warn, "metadata_member_ignored", fields);
        }
    }

    /// The metadata may be what a sign-in failed of: the next one asks for it again. When keys are asked for again is for
    /// the keys to say.
    pub(super) async fn forget_metadata(&self, provider: &str) {
        self.metadata.borrow_mut().retain(|(id, ..)| id != provider);
        // What cannot be removed is believed until it is too old.
        let _ = self.store.replace(&self.cache_key("metadata", provider), None).await;
    }

    /// A request for something that the provider publishes.
    pub(super) async fn fetch(&self, url: &str) -> Result<Box<Response>, Error> {
        self.platform.send(Request::get(url), self.config.request_timeout).await.map_err(|error| {
            let code = match error {
                TransportError::Network | TransportError::Cors => ErrorCode::Network,
                TransportError::Timeout => ErrorCode::Timeout,
                TransportError::Unreadable => ErrorCode::DiscoveryFailed,
            };
            Error::new(code, error.message())
        })
    }

    /// What a cache has under that key, if it is about that source and not too old.
    pub(super) async fn cached(&self, key: &str, source: &str) -> Option<Cached> {
        let text = self.store.read(key).await.ok()??;
        let json = P::parse_json(&text)?;
        let fields = Fields(&json);
        let same = fields.text("source").ok()? == source;
        let fetched_at = fields.whole("fetched").ok()?;
        if !same || !self.is_fresh(fetched_at) {
            return None;
        }
        let member = |name| json.get(name).cloned();
        Some(Cached { json: member("body")?, fetched_at, asked: member("asked").unwrap_or_default() })
    }

    pub(super) async fn keep(&self, key: &str, source: &str, json: Json, asked: Json) {
        if self.caches_nothing.get() {
            return;
        }
        let now = self.platform.now();
        let text = object([("source", source.into()), ("fetched", now.into()), ("body", json), ("asked", asked)]);
        // A cache that cannot be written costs a request next time, nothing more.
        let _ = self.store.replace(key, Some(&text.to_text())).await;
    }

    pub(super) fn is_fresh(&self, fetched_at: Millis) -> bool {
        (0..MOST_AGE).contains(&(self.platform.now() - fetched_at))
    }

    /// Every client has its own: another one of this namespace may know another provider by the same id.
    pub(super) fn cache_key(&self, kind: &str, provider: &str) -> String {
        let owner = self.config.provider(Some(provider)).map(ProviderConfig::owner).unwrap_or_default();
        [&self.config.namespace, ":cache:", kind, ":", &owner].concat()
    }
}

/// What was published, and when it was fetched.
pub(super) struct Cached {
    pub(super) json: Json,
    pub(super) fetched_at: Millis,
    /// Of keys: when they were asked for again.
    pub(super) asked: Json,
}
