//! The provider's keys: which are known here, and when they are asked for again. A key that nobody knows yet has no bad
//! moment to appear in, so an unknown name is asked for at once; but not without end, as anybody can make up names.

use super::config::{IdTokenVerification, ProviderConfig};
use super::oneshot;
use super::start::Inner;
use crate::platform::{CryptoError, Platform};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::jose::{Compact, Header};
use crate::protocol::json::Json;
use crate::protocol::jwks::{Jwk, KeySet};
use crate::protocol::metadata::ServerMetadata;
use crate::session::fields::{Fields, object};
use alloc::rc::Rc;
use core::cell::RefCell;

const MINUTE: Millis = 60_000;
/// So often in a minute are the keys of one provider asked for again.
const MOST_A_MINUTE: usize = 5;
/// So many of these fetches are remembered.
const MOST_ASKED: usize = 8;
/// Longer names of keys are not remembered apart.
const LONGEST_NAME: usize = 128;

/// What the provider's keys say about a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    /// One of them made it.
    Good,
    /// The one that should have made it did not, by what the provider publishes now.
    Contradicted,
    /// The one that made it is not among them, or not yet; or this browser cannot judge it.
    Unknown,
}

/// The keys that are known in this context.
#[derive(Default)]
pub(super) struct KnownKeys {
    known: RefCell<Vec<Rc<Keys>>>,
    /// Somebody fetches keys again, and these wait for what comes of it.
    fetching: RefCell<Option<Vec<oneshot::Sender<()>>>>,
    /// The keys of that provider, which are asked for before there is anything to verify.
    ahead: RefCell<Option<Ahead>>,
}

type Ahead = (String, oneshot::Receiver<Result<Rc<Keys>, Error>>);

/// The keys of one provider, as they were fetched.
struct Keys {
    provider: String,
    set: KeySet,
    fetched_at: Millis,
    /// The last fetches that a signature was the cause of.
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Asked {
    /// The `kid` that the fetch did not bring, beside other keys that fit.
    missing: Option<String>,
    at: Millis,
}

impl Keys {
    fn lacks(&self, header: &Header) -> bool {
        header.kid.is_some() && self.asked.iter().any(|asked| asked.missing == header.kid)
    }

    /// Whether the keys may be asked for again on account of a token with that header.
    fn may_ask(&self, header: &Header, now: Millis) -> bool {
        let lately = || self.asked.iter().filter(|asked| (0..MINUTE).contains(&(now - asked.at)));
        let just_missed = header.kid.is_some() && lately().any(|asked| asked.missing == header.kid);
        lately().count() < MOST_A_MINUTE && !just_missed
    }

    /// The fetches with one more, which brought nothing or that set.
    fn asked_and(&self, header: &Header, brought: Option<&KeySet>, at: Millis) -> Vec<Asked> {
        let is_missing = |set: &KeySet| !set.has_named(header) && !set.fitting(header.alg).is_empty();
        let name = header.kid.clone().filter(|name| name.len() <= LONGEST_NAME);
        let mut asked = self.asked.clone();
        if asked.len() == MOST_ASKED {
            asked.remove(0);
        }
        asked.push(Asked { missing: name.filter(|_| brought.is_some_and(is_missing)), at });
        asked
    }
}

impl KnownKeys {
    /// What to wait for while somebody fetches keys; `None` if nobody does, and then it is for whoever asks.
    fn under_way(&self) -> Option<oneshot::Receiver<()>> {
        let mut fetching = self.fetching.borrow_mut();
        let Some(waiting) = fetching.as_mut() else {
            *fetching = Some(Vec::new());
            return None;
        };
        let (sender, over) = oneshot::channel();
        waiting.push(sender);
        Some(over)
    }
}

/// While it lives, keys are being fetched.
struct Fetching<'a>(&'a KnownKeys);

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        // Whoever waits learns that it is over by this.
        self.0.fetching.borrow_mut().take();
    }
}

impl<P: Platform> Inner<P> {
    /// Looks for the key that made a signature: among the known ones, and if it is not there, among those that the
    /// provider has now. `kid` is a hint (RFC 7517 section 4.5): where none has that name, the signature decides.
    pub(super) async fn signature(
        &self,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
        compact: &Compact,
    ) -> Result<Signature, Error> {
        let url = metadata.jwks_uri();
        let url = url.ok_or_else(|| Error::new(ErrorCode::InvalidMetadata, "jwks_uri: needed to verify ID tokens"))?;
        let header = &compact.header;
        let mut keys = self.keys_of(provider, url).await?;
        let mut asked = false;
        loop {
            let now = self.platform.now();
            let is_named = header.kid.is_none() || keys.set.has_named(header);
            let may_ask = !asked && keys.may_ask(header, now);
            // What a fetch has not brought goes by another name, or by none.
            let by_name = is_named || (may_ask && !keys.lacks(header));
            let tried = if by_name { keys.set.candidates(header) } else { keys.set.fitting(header.alg) };
            let verdict = self.verdict(&tried, compact).await?;
            if verdict == Signature::Good {
                return Ok(verdict);
            }
            let newer = if asked { Ok(None) } else { self.newer_keys(provider, url, &keys, header, &mut asked).await };
            let newer = match newer {
                // The keys cannot be had: what is known may do under another name.
                Err(_)
                    if !is_named && self.verdict(&keys.set.fitting(header.alg), compact).await? == Signature::Good =>
                {
                    return Ok(Signature::Good);
                }
                newer => newer?,
            };
            let Some(newer) = newer else {
                let is_latest = (0..MINUTE).contains(&(now - keys.fetched_at));
                return Ok(if is_named && is_latest { verdict } else { Signature::Unknown });
            };
            keys = newer;
        }
    }

    async fn verdict(&self, keys: &[&Jwk], compact: &Compact) -> Result<Signature, Error> {
        let mut verdict = Signature::Unknown;
        for key in keys {
            let signed = compact.signing_input.as_bytes();
            match self.platform.verify(key, compact.header.alg, signed, &compact.signature).await {
                Ok(true) => return Ok(Signature::Good),
                Ok(false) => verdict = Signature::Contradicted,
                Err(CryptoError::Unavailable) => {
                    return Err(crypto_unavailable());
                }
                Err(CryptoError::UnsupportedAlgorithm | CryptoError::InvalidKey) => {}
            }
        }
        Ok(verdict)
    }

    /// Looks for the keys beside the token request whose answer they are needed for, not after it: that is one way to the
    /// provider and back less until somebody is signed in.
    pub(super) fn ask_for_keys(&self, provider: &ProviderConfig, metadata: &ServerMetadata) {
        let (Some(url), Some(inner)) = (metadata.jwks_uri(), self.this.borrow().upgrade()) else { return };
        if provider.id_token_verification != IdTokenVerification::Signature {
            return;
        }
        let (sender, keys) = oneshot::channel();
        *self.keys.ahead.borrow_mut() = Some((provider.id.clone(), keys));
        let (id, url) = (provider.id.clone(), url.to_owned());
        self.platform.spawn(async move {
            if let Ok(provider) = inner.config.provider(Some(&id)) {
                // Without a token to verify, nobody waits for it.
                sender.send(inner.find_keys(provider, &url).await);
            }
        });
    }

    /// Nothing was there to be verified.
    pub(super) fn forget_keys_ahead(&self) {
        self.keys.ahead.borrow_mut().take();
    }

    async fn keys_of(&self, provider: &ProviderConfig, url: &str) -> Result<Rc<Keys>, Error> {
        let ahead = self.keys.ahead.borrow_mut().take_if(|(id, _)| *id == provider.id);
        if let Some((_, keys)) = ahead
            && let Ok(keys) = keys.await
        {
            return keys;
        }
        self.find_keys(provider, url).await
    }

    /// From memory, from the storage, from the network, in that order.
    async fn find_keys(&self, provider: &ProviderConfig, url: &str) -> Result<Rc<Keys>, Error> {
        let known = self.known_keys(provider).filter(|known| self.is_fresh(known.fetched_at));
        if let Some(known) = known {
            return Ok(known);
        }
        match self.stored_keys(provider, url).await {
            Some(stored) => Ok(self.remember_keys(stored)),
            None => self.fetch_keys(provider, url, |_| Vec::new()).await,
        }
    }

    /// Keys that are newer than those: another context's, or asked for on account of that header; `None` if it is too early
    /// to ask for them again.
    async fn newer_keys(
        &self,
        provider: &ProviderConfig,
        url: &str,
        keys: &Keys,
        header: &Header,
        asked: &mut bool,
    ) -> Result<Option<Rc<Keys>>, Error> {
        let _fetching = loop {
            let known = self.known_keys(provider);
            if let Some(newer) = known.filter(|known| known.fetched_at > keys.fetched_at) {
                return Ok(Some(newer));
            }
            if let Some(newer) = self.stored_keys(provider, url).await.filter(|it| it.fetched_at > keys.fetched_at) {
                return Ok(Some(self.remember_keys(newer)));
            }
            let latest = self.known_keys(provider);
            if !latest.as_deref().unwrap_or(keys).may_ask(header, self.platform.now()) {
                return Ok(None);
            }
            let Some(over) = self.keys.under_way() else { break Fetching(&self.keys) };
            // It is over when its sender is gone.
            let _ = over.await;
        };
        *asked = true;
        let latest = self.known_keys(provider);
        let latest = latest.as_deref().unwrap_or(keys);
        let asked = |brought: Option<&KeySet>| latest.asked_and(header, brought, self.platform.now());
        let fetched = self.fetch_keys(provider, url, |set| asked(Some(set))).await;
        if fetched.is_err() {
            let (set, asked) = (latest.set.clone(), asked(None));
            self.remember_keys(Keys { provider: provider.id.clone(), set, fetched_at: latest.fetched_at, asked });
        }
        fetched.map(Some)
    }

    async fn fetch_keys(
        &self,
        provider: &ProviderConfig,
        url: &str,
        asked: impl FnOnce(&KeySet) -> Vec<Asked>,
    ) -> Result<Rc<Keys>, Error> {
        let set = KeySet::process(&*self.fetch(url).await?, P::parse_json)?;
        let asked = asked(&set);
        let written = Json::Array(asked.iter().map(Asked::encode).collect());
        self.keep(&self.cache_key("keys", &provider.id), url, set.to_json(), written).await;
        let fetched_at = self.platform.now();
        Ok(self.remember_keys(Keys { provider: provider.id.clone(), set, fetched_at, asked }))
    }

    /// What the cache has, unless it is too old.
    async fn stored_keys(&self, provider: &ProviderConfig, url: &str) -> Option<Keys> {
        let stored = self.cached(&self.cache_key("keys", &provider.id), url).await?;
        let set = KeySet::from_json(&stored.json).ok()?;
        let asked = stored.asked.elements().unwrap_or_default().iter().filter_map(Asked::decode).collect();
        Some(Keys { provider: provider.id.clone(), set, fetched_at: stored.fetched_at, asked })
    }

    fn known_keys(&self, provider: &ProviderConfig) -> Option<Rc<Keys>> {
        self.keys.known.borrow().iter().find(|known| known.provider == provider.id).cloned()
    }

    fn remember_keys(&self, keys: Keys) -> Rc<Keys> {
        let keys = Rc::new(keys);
        let mut known = self.keys.known.borrow_mut();
        known.retain(|known| known.provider != keys.provider);
        known.push(keys.clone());
        keys
    }
}

impl Asked {
    fn encode(&self) -> Json {
        object([("missing", self.missing.clone().into()), ("at", self.at.into())])
    }

    fn decode(json: &Json) -> Option<Asked> {
        let fields = Fields(json);
        Some(Asked { missing: fields.optional_text("missing").ok()?, at: fields.whole("at").ok()? })
    }
}

pub(super) fn crypto_unavailable() -> Error {
    let message = "WebCrypto is missing: the page is not a secure context (https or localhost)";
    Error::new(ErrorCode::CryptoUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::jose::Algorithm;
    use futures_util::FutureExt as _;

    fn header(kid: Option<&str>) -> Header {
        Header { alg: Algorithm::Rs256, kid: kid.map(str::to_owned), typ: None }
    }

    fn keys(asked: Vec<Asked>) -> Keys {
        Keys { provider: "p".to_owned(), set: KeySet::default(), fetched_at: 0, asked }
    }

    #[test]
    fn b3_one_asks_and_the_others_wait_until_that_is_over_or_given_up() {
        let known = KnownKeys::default();
        assert!(known.under_way().is_none());
        let fetching = Fetching(&known);
        let mut waiting = [known.under_way().unwrap(), known.under_way().unwrap()];
        assert!(waiting.iter_mut().all(|over| over.now_or_never().is_none()));
        drop(fetching);
        assert!(waiting.iter_mut().all(|over| over.now_or_never() == Some(Err(oneshot::Gone))), "it is over");
        assert!(known.under_way().is_none(), "and for the next to ask");
    }

    #[test]
    fn b3_a_name_is_asked_for_once_a_minute_and_all_names_five_times() {
        let missing = |name: &str, at| Asked { missing: Some(name.to_owned()), at };
        let one = keys(vec![missing("a", 0)]);
        assert!(!one.may_ask(&header(Some("a")), MINUTE - 1) && one.may_ask(&header(Some("a")), MINUTE));
        assert!(one.may_ask(&header(Some("b")), 1) && one.may_ask(&header(None), 1));
        assert!(one.lacks(&header(Some("a"))) && !one.lacks(&header(Some("b"))) && !one.lacks(&header(None)));
        let nothing = Asked { missing: None, at: 0 };
        let five = keys(vec![nothing.clone(); 5]);
        assert!(!five.may_ask(&header(Some("b")), MINUTE - 1) && five.may_ask(&header(Some("b")), MINUTE));
        assert!(!five.lacks(&header(None)), "to have no name is not to be missing");
        assert!(five.may_ask(&header(Some("b")), -1), "a clock that was set back holds up nobody");
        let full = keys((0..20).fold(Vec::new(), |asked, at| keys(asked).asked_and(&header(Some("x")), None, at)));
        assert_eq!((full.asked.len(), full.asked.first().map(|asked| asked.at)), (MOST_ASKED, Some(12)));
        for asked in [nothing, missing("a", 7)] {
            let read = Asked::decode(&asked.encode()).unwrap();
            assert_eq!((read.missing, read.at), (asked.missing, asked.at));
        }
    }
}
