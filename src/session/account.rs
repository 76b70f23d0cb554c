//! Whose session it is.

use crate::prelude::*;
use crate::protocol::base64url;
use sha2::{Digest as _, Sha256};

/// The identity of a stored session: a record cannot be made without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    provider: String,
    issuer: String,
    client_id: String,
    subject: String,
}

impl Account {
    /// `None` if the subject, the issuer or the client id is empty: nothing could tell such an account from another.
    pub fn new(provider: &str, issuer: &str, client_id: &str, subject: &str) -> Option<Account> {
        let complete = ![provider, issuer, client_id, subject].iter().any(|part| part.is_empty());
        complete.then(|| Account {
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            subject: subject.to_owned(),
        })
    }

    /// The provider's id in the configuration.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The client id that the session was granted to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The `sub` claim, unique within the issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The storage key, and the name of the lock: bounded and free of whatever a provider may put into a subject.
    pub fn key(&self, namespace: &str) -> String {
        session_prefix(namespace) + &digest(&[&self.provider, &self.issuer, &self.client_id, &self.subject])
    }
}

/// Whose a thing is that is stored for no particular user, such as a cache or a key: that of one
/// registration at one provider. Several clients may share an origin, and even a namespace.
pub fn owner(provider: &str, issuer: &str, client_id: &str) -> String {
    digest(&[provider, issuer, client_id])
}

/// Of bounded length, and other parts never come to the same.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    base64url::encode(&hash.finalize())
}

/// What the keys of all sessions of a namespace begin with.
pub fn session_prefix(namespace: &str) -> String {
    [namespace, ":session:"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_every_part_of_the_identity_separates_keys() {
        let parts = [
            ("a", "https://i", "c", "s"),
            ("b", "https://i", "c", "s"),
            ("a", "https://j", "c", "s"),
            ("a", "https://i", "d", "s"),
            ("a", "https://i", "c", "t"),
            ("a", "https://i", "cs", "s"),
            ("a", "https://i", "c", "ss"),
        ];
        let mut keys: Vec<_> = parts.iter().map(|(p, i, c, s)| Account::new(p, i, c, s).unwrap().key("ns")).collect();
        assert!(keys.iter().all(|key| key.starts_with("ns:session:") && key.len() == "ns:session:".len() + 43));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), parts.len());
    }

    #[test]
    fn f7_every_part_of_a_registration_separates_owners() {
        let owners = [
            ("a", "https://i", "c"),
            ("b", "https://i", "c"),
            ("a", "https://j", "c"),
            ("a", "https://i", "d"),
            ("a", "", "c"),
        ];
        for (place, (provider, issuer, client)) in owners.iter().enumerate() {
            let same = owners.iter().position(|(p, i, c)| owner(p, i, c) == owner(provider, issuer, client));
            assert_eq!(same, Some(place));
        }
        assert_ne!(owner("a", "https://i", "c"), owner("ah", "ttps://i", "c"));
    }

    #[test]
    fn f1_an_account_without_a_subject_cannot_exist() {
        assert_eq!(Account::new("a", "https://i", "c", ""), None);
        assert_eq!(Account::new("a", "", "c", "s"), None);
    }
}
