//! The provider's metadata and keys: from memory, from the storage, from the network, in that order.

use super::config::ProviderConfig;
use super::start::Inner;
use crate::platform::Platform;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::http::{Request, Response, TransportError};
use crate::protocol::json::Json;
use crate::protocol::jwks::KeySet;
use crate::protocol::metadata::{ServerMetadata, discovery_urls};
use crate::session::fields::{Fields, object};
use std::cell::RefCell;
use std::rc::Rc;

/// What a provider publishes is believed for a day.
const MOST_AGE: Millis = 24 * 60 * 60_000;
/// Unknown keys are looked for at once, but not more often than this. Short, as a provider may begin to use a new key
/// right after its keys were fetched, and a refreshed ID token that nothing verifies ends the session.
const REFETCH_PAUSE: Millis = 10_000;

impl<P: Platform> Inner<P> {
    /// The metadata of a provider, discovered only if nothing else has it.
    pub(super) async fn metadata(&self, provider: &ProviderConfig) -> Result<Rc<ServerMetadata>, Error> {
        let issuer = provider.issuer.as_deref();
        if let (true, Some(json)) = (provider.is_complete(), &provider.metadata) {
            return ServerMetadata::from_json(json, issuer).map(Rc::new);
        }
        let issuer = issuer.ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "issuer: is needed"))?;
        if let Some(known) = known(&self.metadata, &provider.id, self.platform.now()) {
            return Ok(known);
        }
        let key = self.cache_key("metadata", &provider.id);
        // With the configured members, which have won over the discovered ones: if they change, so does the source.
        let source = [issuer, &provider.metadata.as_ref().map(Json::to_text).unwrap_or_default()].concat();
        let cached = self.cached(&key, &source).await.filter(|cached| self.is_fresh(cached.fetched_at));
        let metadata = match cached.and_then(|cached| ServerMetadata::from_json(&cached.json, Some(issuer)).ok()) {
            Some(metadata) => metadata,
            None => {
                let metadata = self.discover(provider, issuer).await?;
                self.keep(&key, &source, metadata.to_json()).await;
                metadata
            }
        };
        let metadata = Rc::new(metadata);
        remember(&self.metadata, &provider.id, self.platform.now(), metadata.clone());
        Ok(metadata)
    }

    async fn discover(&self, provider: &ProviderConfig, issuer: &str) -> Result<ServerMetadata, Error> {
        let mut failure = Error::new(ErrorCode::DiscoveryFailed, "the provider's metadata could not be had");
        for url in discovery_urls(issuer) {
            let response = self.fetch(Request::get(url)).await?;
            match ServerMetadata::process(&response, issuer, provider.metadata.as_ref(), P::parse_json) {
                Err(error) => failure = error,
                done => return done,
            }
            if response.status != 404 {
                break;
            }
        }
        Err(failure)
    }

    /// The keys of a provider; `refetch` when the known ones do not have the one that is needed.
    pub(super) async fn key_set(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        refetch: bool,
    ) -> Result<Rc<KeySet>, Error> {
        let url = metadata.jwks_uri();
        let url = url.ok_or_else(|| Error::new(ErrorCode::InvalidMetadata, "jwks_uri: needed to verify ID tokens"))?;
        if let (false, Some(known)) = (refetch, known(&self.keys, &provider.id, self.platform.now())) {
            return Ok(known);
        }
        let key = self.cache_key("keys", &provider.id);
        let cached = self.cached(&key, url).await;
        let oldest = if refetch { REFETCH_PAUSE } else { MOST_AGE };
        let age = |cached: &Cached| self.platform.now() - cached.fetched_at;
        let keys = match cached.filter(|cached| (0..oldest).contains(&age(cached))) {
            Some(cached) => KeySet::from_json(&cached.json)?,
            None => {
                let response = self.fetch(Request::get(url)).await?;
                let keys = KeySet::process(&response, P::parse_json)?;
                self.keep(&key, url, keys.to_json()).await;
                keys
            }
        };
        let keys = Rc::new(keys);
        remember(&self.keys, &provider.id, self.platform.now(), keys.clone());
        Ok(keys)
    }

    /// What the provider publishes may be what a sign-in failed of: the next one asks for it again.
    pub(super) async fn forget_published(&self, provider: &str) {
        self.metadata.borrow_mut().retain(|(id, ..)| id != provider);
        self.keys.borrow_mut().retain(|(id, ..)| id != provider);
        for kind in ["metadata", "keys"] {
            // What cannot be removed is believed until it is too old.
            let _ = self.store.replace(&self.cache_key(kind, provider), None).await;
        }
    }

    /// A request for something that the provider publishes.
    async fn fetch(&self, request: Request) -> Result<Box<Response>, Error> {
        self.platform.send(request, self.config.request_timeout).await.map_err(|error| {
            let code = match error {
                TransportError::Network | TransportError::Cors => ErrorCode::Network,
                TransportError::Timeout => ErrorCode::Timeout,
                TransportError::Unreadable => ErrorCode::DiscoveryFailed,
            };
            Error::new(code, error.message())
        })
    }

    /// What a cache has under that key, if it is about that source.
    async fn cached(&self, key: &str, source: &str) -> Option<Cached> {
        let text = self.store.read(key).await.ok()??;
        let json = P::parse_json(&text)?;
        let fields = Fields(&json);
        let same = fields.text("source").ok()? == source;
        let fetched_at = fields.whole("fetched").ok()?;
        same.then(|| json.get("body").cloned()).flatten().map(|json| Cached { json, fetched_at })
    }

    async fn keep(&self, key: &str, source: &str, json: Json) {
        if self.caches_nothing.get() {
            return;
        }
        let text =
            object([("source", source.into()), ("fetched", self.platform.now().into()), ("body", json)]).to_text();
        // A cache that cannot be written costs a request next time, nothing more.
        let _ = self.store.replace(key, Some(&text)).await;
    }

    fn is_fresh(&self, fetched_at: Millis) -> bool {
        (0..MOST_AGE).contains(&(self.platform.now() - fetched_at))
    }

    /// Every client has its own: another one of this namespace may know another provider by the same id.
    pub(super) fn cache_key(&self, kind: &str, provider: &str) -> String {
        let owner = self.config.provider(Some(provider)).map(ProviderConfig::owner).unwrap_or_default();
        [&self.config.namespace, ":cache:", kind, ":", &owner].concat()
    }
}

struct Cached {
    json: Json,
    fetched_at: Millis,
}

fn known<T>(memory: &RefCell<Vec<(String, Millis, Rc<T>)>>, provider: &str, now: Millis) -> Option<Rc<T>> {
    let memory = memory.borrow();
    let (_, since, value) = memory.iter().find(|(id, ..)| id == provider)?;
    (0..MOST_AGE).contains(&(now - since)).then(|| value.clone())
}

fn remember<T>(memory: &RefCell<Vec<(String, Millis, Rc<T>)>>, provider: &str, now: Millis, value: Rc<T>) {
    let mut memory = memory.borrow_mut();
    memory.retain(|(id, ..)| id != provider);
    memory.push((provider.to_owned(), now, value));
}
