//! What of the storage is this client's. Several clients may share an origin, and even a namespace: each touches what it
//! wrote itself, and what nobody can read.

use super::config::ProviderConfig;
use super::start::Inner;
use crate::platform::{Platform, SEALED, UNREADABLE};
use crate::prelude::*;
use crate::session::record::{self, Record};
use crate::session::transaction::{Purpose, Transaction};

impl<P: Platform> Inner<P> {
    /// Whether a pending transaction is this client's.
    pub(super) fn is_own(&self, transaction: &Transaction) -> bool {
        let provider = self.config.provider(Some(&transaction.provider));
        provider.is_ok_and(|provider| match &transaction.purpose {
            Purpose::SignIn(sign_in) => was_begun_by(provider, transaction) && is(&provider.issuer, &sign_in.issuer),
            Purpose::SignOut => was_begun_by(provider, transaction),
        })
    }

    /// Whether the response to a pending transaction is another client's to judge.
    pub(super) fn is_for_another(&self, text: &str) -> bool {
        let provider = |id: &str| self.config.provider(Some(id));
        match Transaction::decode(text, P::parse_json) {
            Ok(transaction) => {
                !provider(&transaction.provider).is_ok_and(|provider| was_begun_by(provider, &transaction))
            }
            Err(_) => self.is_anothers_transaction(text),
        }
    }

    /// Whether the text of a pending transaction is another client's, or can be read by others only. One that nobody can
    /// read is nobody's.
    pub(super) fn is_anothers_transaction(&self, text: &str) -> bool {
        let plain = text.strip_prefix(UNREADABLE).unwrap_or(text);
        match Transaction::decode(plain, P::parse_json) {
            Ok(transaction) => !self.is_own(&transaction),
            Err(_) => is_sealed(text),
        }
    }

    /// The same of a session's text. A record of another configuration is somebody's, also where a release that is to
    /// come has written it.
    pub(super) fn is_anothers_session(&self, key: &str, text: &str) -> bool {
        let plain = text.strip_prefix(UNREADABLE).unwrap_or(text);
        match Record::decode(plain, key, &self.config.namespace, P::parse_json) {
            Ok(record) => {
                let account = record.account();
                !self.is_of_this(account.provider(), account.issuer(), account.client_id())
            }
            Err(_) if is_sealed(text) => true,
            Err(_) => record::claimed(plain, key, &self.config.namespace, P::parse_json)
                .is_some_and(|account| !self.is_of_this(account.provider(), account.issuer(), account.client_id())),
        }
    }

    /// Whether a session of that identity belongs to this configuration.
    pub(super) fn is_of_this(&self, provider: &str, issuer: &str, client_id: &str) -> bool {
        let is_same = |provider: &ProviderConfig| provider.client_id == client_id && is(&provider.issuer, issuer);
        self.config.provider(Some(provider)).is_ok_and(is_same)
    }
}

/// What release 0.1.0 wrote does not say it, but where it comes back to.
fn was_begun_by(provider: &ProviderConfig, transaction: &Transaction) -> bool {
    match (&transaction.client, &transaction.purpose) {
        (Some(client), _) => *client == provider.client_id,
        (None, Purpose::SignIn(_)) => is(&provider.redirect_uri, &transaction.redirect_uri),
        (None, Purpose::SignOut) => true,
    }
}

/// Whether it is what the configuration says, if it says anything.
fn is(configured: &Option<String>, found: &str) -> bool {
    configured.as_deref().is_none_or(|configured| configured == found)
}

/// Not damage: a tab with a release of the app whose storage is encrypted can read it. Where this client's own storage is
/// encrypted, what its key does not open comes as [`UNREADABLE`], and no other key exists that would.
fn is_sealed(text: &str) -> bool {
    text.starts_with(SEALED)
}
