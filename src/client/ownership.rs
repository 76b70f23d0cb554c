//! What of the storage is this client's. Several clients may share an origin, and even a namespace: each touches what it
//! wrote itself, and what nobody can read.

use super::config::ProviderConfig;
use super::start::Inner;
use crate::platform::{Platform, SEALED, UNREADABLE};
use crate::session::record::{self, Record};
use crate::session::transaction::{Purpose, Transaction};

impl<P: Platform> Inner<P> {
    /// Whether a pending transaction is this client's.
    pub(super) fn is_own(&self, transaction: &Transaction) -> bool {
        let Ok(provider) = self.config.provider(Some(&transaction.provider)) else { return false };
        if let Some(owner) = &transaction.client {
            return *owner == provider.owner();
        }
        // As release 0.1.0 wrote it: what it does say is this configuration's.
        let same = |configured: &Option<String>, stored: &str| configured.as_deref().is_none_or(|it| it == stored);
        match &transaction.purpose {
            Purpose::SignIn(sign_in) => {
                same(&provider.issuer, &sign_in.issuer) && same(&provider.redirect_uri, &transaction.redirect_uri)
            }
            Purpose::SignOut => true,
        }
    }

    /// Whether the text of a pending transaction is another client's, or can be read by others only. One that nobody can
    /// read is nobody's.
    pub(super) fn is_anothers_transaction(&self, text: &str) -> bool {
        let plain = text.strip_prefix(UNREADABLE).unwrap_or(text);
        match Transaction::decode(plain, P::parse_json) {
            Ok(transaction) => !self.is_own(&transaction),
            Err(_) => is_sealed(plain),
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
            Err(_) if is_sealed(plain) => true,
            Err(_) => record::claimed(plain, key, &self.config.namespace, P::parse_json)
                .is_some_and(|account| !self.is_of_this(account.provider(), account.issuer(), account.client_id())),
        }
    }

    /// Whether a session of that identity belongs to this configuration.
    pub(super) fn is_of_this(&self, provider: &str, issuer: &str, client_id: &str) -> bool {
        let is_same = |provider: &ProviderConfig| {
            provider.client_id == client_id && provider.issuer.as_deref().is_none_or(|configured| configured == issuer)
        };
        self.config.provider(Some(provider)).is_ok_and(is_same)
    }
}

/// Not damage: a tab with a release of the app whose storage is encrypted can read it.
fn is_sealed(text: &str) -> bool {
    text.starts_with(SEALED)
}
