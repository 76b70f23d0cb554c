//! Signing out: here first, in every tab, whatever the provider does; then at the provider, best effort.

use super::config::{ProviderConfig, REDIRECT_URI, reserved};
use super::oneshot;
use super::shown::{Change, Truth};
use super::start::{Client, Inner};
use super::tokens::AccountSelector;
use crate::platform::{Area, Platform};
use crate::prelude::*;
use crate::protocol::authorization::random_value;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::form::append_encoded;
use crate::protocol::{Millis, logout, revocation, url};
use crate::session::account::session_prefix;
use crate::session::event::{Origin, SignedOutReason};
use crate::session::proof_key;
use crate::session::record::Record;
use crate::session::transaction::{self, Purpose, Transaction};
use alloc::rc::Rc;
use core::pin::pin;
use futures_util::future::select;

/// How long a page that is about to be left waits for the revocation; the request itself outlives the page.
const PATIENCE: Millis = 2_000;
/// What is cached of a provider.
const CACHED: [&str; 2] = ["metadata", "keys"];

/// How to sign out. Everything has a default.
#[derive(Clone, Debug, Default)]
pub struct SignOutOptions {
    /// Whose session. Default: the active one.
    pub account: AccountSelector,
    /// Every session of this instance, and everything it has stored. Another client of the origin keeps what it has, also
    /// in the same namespace.
    pub all: bool,
    /// Nothing but this client's own sessions; no navigation.
    pub local: bool,
    /// Do not revoke the tokens (RFC 7009).
    pub keep_tokens: bool,
    /// Where RP-initiated logout returns to. Default: the provider's configured one.
    pub post_logout_redirect_uri: Option<String>,
    /// Further parameters of the logout request.
    pub params: Vec<(String, String)>,
}

impl<P: Platform> Client<P> {
    /// Signs out: clears this client's storage, tells the other tabs, revokes the tokens and, where the provider has an
    /// `end_session_endpoint`, leaves the page for RP-initiated logout. Without a session there is nothing to do, unless
    /// `account` names a provider, which then is asked all the same.
    pub async fn sign_out(&self, options: SignOutOptions) -> Result<(), Error> {
        let inner = &self.inner;
        if inner.truth.get() != Truth::Read {
            inner.sure().await;
        }
        inner.require_open()?;
        if let Some((name, _)) = options.params.iter().find(|(name, _)| logout::is_reserved(name)) {
            return Err(Error::new(ErrorCode::InvalidArgument, reserved("params", name)));
        }
        if options.post_logout_redirect_uri.as_ref().is_some_and(|uri| url::redirect_uri(uri).is_none()) {
            return Err(Error::new(ErrorCode::InvalidArgument, ["postLogoutRedirectUri: ", REDIRECT_URI].concat()));
        }
        let active = match inner.select(&options.account) {
            Ok(selected) => Some(selected),
            Err(error) if error.code == ErrorCode::LoginRequired => None,
            Err(error) => return Err(error),
        };
        let signed_out: Vec<(Rc<str>, Rc<Record>)> =
            if options.all { inner.all() } else { active.iter().cloned().collect() };
        let mut granted = Vec::new();
        for (key, known) in signed_out {
            granted.push(inner.clear(&key, &known).await);
        }
        if options.all {
            granted.extend(inner.clear_everything().await);
        }
        // Another tab may have renewed it.
        let id_token = active.as_ref().and_then(|(_, known)| {
            let stored = granted.iter().find(|record| record.account() == known.account());
            stored.and_then(|record| record.id_token.clone()).or_else(|| known.id_token.clone())
        });
        if !options.keep_tokens {
            // Tasks of their own: they come to their end also when nobody waits for them any more.
            let mut under_way = Vec::new();
            for record in granted {
                let (done, revoked) = oneshot::channel::<()>();
                under_way.push(revoked);
                let inner = inner.clone();
                self.inner.platform.spawn(async move {
                    inner.revoke(&record).await;
                    drop(done);
                });
            }
            let revocations = async {
                for revoked in under_way {
                    // It is over when its sender is gone.
                    let _ = revoked.await;
                }
            };
            select(pin!(revocations), pin!(inner.platform.sleep(PATIENCE))).await;
        }
        let asked = match (&active, &options.account.provider) {
            (Some((_, record)), _) => Some(record.account().provider()),
            (None, asked) => asked.as_deref(),
        };
        if let (Some(id), false) = (asked, options.local)
            && let Ok(provider) = inner.config.provider(Some(id))
            && inner.log_out_at(provider, id_token.as_deref(), &options).await
        {
            core::future::pending::<()>().await;
        }
        Ok(())
    }
}

impl<P: Platform> Inner<P> {
    fn all(&self) -> Vec<(Rc<str>, Rc<Record>)> {
        self.entries.borrow().iter().map(|entry| (entry.key.clone(), entry.record.clone())).collect()
    }

    /// Removes one session, durably, then in memory, then elsewhere. What was stored, which may be newer than what is
    /// known here, is returned.
    async fn clear(&self, key: &str, known: &Rc<Record>) -> Rc<Record> {
        self.show_without(Change::Own, Some(key));
        let removed = self.store.replace(key, None).await;
        if removed.is_err() {
            self.signed_out.borrow_mut().push(known.grant_id().to_owned());
            self.write_again_later();
        }
        let stored = removed.ok().flatten().and_then(|text| self.decode(key, &text));
        let granted = stored.clone().unwrap_or_else(|| known.clone());
        self.gone(key, &[known.grant_id(), granted.grant_id()]);
        self.drop_key(known.key.as_ref()).await;
        self.drop_replaced_key(stored.as_deref(), Some(known)).await;
        granted
    }

    /// Makes it known that these grants are gone from the storage. Who has signed in again since stays signed in.
    fn gone(&self, key: &str, grants: &[&str]) {
        self.version.set(self.version.get() + 1);
        if self.record(key).is_none_or(|now| grants.contains(&now.grant_id())) {
            self.apply(key, None, Origin::Local, SignedOutReason::User);
        }
        self.platform.announce(key);
    }

    /// Nothing stays of this instance: sessions of other contexts, whose records are returned, caches, pending
    /// transactions, keys. Whatever another client has stored stays, byte by byte.
    async fn clear_everything(&self) -> Vec<Rc<Record>> {
        // What the revocations need stays in memory, and is not stored again.
        self.caches_nothing.set(true);
        let namespace = &self.config.namespace;
        let mut granted = Vec::new();
        for (key, text) in self.store.list(&session_prefix(namespace)).await.unwrap_or_default() {
            if self.is_anothers_session(&key, &text) {
                continue;
            }
            // What cannot be removed has been reported as a degraded storage.
            let removed = self.store.replace(&key, None).await.ok().flatten();
            // Also of a session that another tab has begun since.
            let removed = removed.and_then(|text| self.decode(&key, &text));
            self.gone(&key, &removed.iter().map(|record| record.grant_id()).collect::<Vec<_>>());
            if let Some(removed) = removed {
                self.drop_key(removed.key.as_ref()).await;
                granted.push(removed);
            }
        }
        let prefix = transaction::prefix(namespace);
        for (key, text) in self.platform.list(Area::Transactions, &prefix).await.unwrap_or_default() {
            if self.is_anothers_transaction(&text) {
                continue;
            }
            let _ = self.platform.swap(Area::Transactions, &key, Some(&text), None).await;
            if let Ok(transaction) = Transaction::decode(&text, P::parse_json) {
                self.drop_key(transaction.key()).await;
            }
        }
        for provider in &self.config.providers {
            for kind in CACHED {
                let _ = self.store.replace(&self.cache_key(kind, &provider.id), None).await;
            }
            self.platform.remove_keys(&proof_key::prefix(namespace, &provider.owner()), None).await;
        }
        self.clear_unowned().await;
        self.platform.vacate().await;
        granted
    }

    /// Caches and keys that release 0.1.0 left do not say whose they are: they go when nobody else has anything.
    async fn clear_unowned(&self) {
        let namespace = &self.config.namespace;
        let prefixes = CACHED.map(|kind| [namespace, ":", kind, ":"].concat());
        let is_unowned = |key: &str| prefixes.iter().any(|prefix| key.starts_with(&**prefix));
        // Not the area of sessions, whose reading would bring what is here into the mirror.
        let everything = self.platform.list(Area::Transactions, &[namespace, ":"].concat()).await;
        let Ok(everything) = everything else { return };
        if !everything.iter().all(|(key, _)| is_unowned(key)) {
            return;
        }
        for (key, _) in everything {
            let _ = self.store.replace(&key, None).await;
        }
        let (prefix, end) = (proof_key::prefix_of_all(namespace), proof_key::unowned_end(namespace));
        self.platform.remove_keys(&prefix, Some(&end)).await;
    }

    /// Revokes what the session had (RFC 7009), the refresh token first. Nobody can act on a failure.
    pub(super) async fn revoke(&self, record: &Record) {
        let Ok(provider) = self.config.provider(Some(record.account().provider())) else { return };
        let Ok(metadata) = self.metadata(provider).await else { return };
        let Some(endpoint) = metadata.revocation_endpoint() else { return };
        let refresh = record.refresh_token.as_deref().map(|token| (token, "refresh_token"));
        let access = record.access.as_ref().map(|access| (&*access.token, "access_token"));
        for (token, hint) in [refresh, access].into_iter().flatten() {
            let request = revocation::request(endpoint, &provider.client_id, token, hint);
            let _ = self.platform.send(request, self.config.request_timeout).await;
        }
    }

    /// Leaves for RP-initiated logout, if the provider has it; `true` if the page is being left. `id_token`: of the session
    /// that has just ended here. A provider whom nobody is signed in with here may know the user all the same.
    async fn log_out_at(&self, provider: &ProviderConfig, id_token: Option<&str>, options: &SignOutOptions) -> bool {
        let Ok(metadata) = self.metadata(provider).await else { return false };
        let Some(endpoint) = metadata.end_session_endpoint() else { return false };
        let back = options.post_logout_redirect_uri.as_ref().or(provider.post_logout_redirect_uri.as_ref());
        let state = random_value(self.platform.random());
        if let Some(back) = back {
            // Without the transaction the state on the way back would only stay in the address bar.
            let _ = self.remember(Area::Transactions, &state, provider, back.clone(), Purpose::SignOut).await;
        }
        let state = back.map(|_| state.as_str());
        let back = back.map(String::as_str);
        let form = |hint| logout::form(hint, &provider.client_id, back, state, &options.params);
        let whole = form(id_token);
        let url = logout::url(endpoint, &whole);
        // Where no form can be sent, the provider asks the user for want of the hint.
        let short = || append_encoded(endpoint, &form(None));
        match (&self.config.open_url, url) {
            (Some(open), url) => {
                self.log_out_elsewhere(open, url.unwrap_or_else(short)).await;
                false
            }
            (None, Some(url)) => self.platform.navigate(&url, None),
            (None, None) => self.platform.submit(endpoint, &whole, &short()),
        }
    }
}
