//! The key that the tokens of a grant are bound to (RFC 9449). Its private half is in the platform's keeping, under a name.

use super::fields::{Corrupt, Fields, object};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::decimal;
use crate::protocol::dpop::clock_offset;
use crate::protocol::json::Json;
use crate::protocol::jwks::{Jwk, thumbprint};

/// One key, made for one sign-in.
#[derive(Clone, Debug, PartialEq)]
pub struct ProofKey {
    /// Where the platform keeps it.
    pub name: String,
    /// What proofs show of it.
    pub public: Jwk,
    /// By how much the provider's clock is ahead of this machine's, as it was last learned.
    pub clock_offset: Millis,
}

impl ProofKey {
    /// `jkt`, which the authorization code is bound to (RFC 9449 section 10).
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.public)
    }

    /// The same key, with what the claims of a new ID token say about the provider's clock.
    pub(super) fn relearned(&self, claims: Option<&Json>, received_at: Millis) -> ProofKey {
        let learned = claims.and_then(|claims| clock_offset(claims, received_at));
        ProofKey { clock_offset: learned.unwrap_or(self.clock_offset), ..self.clone() }
    }

    pub(super) fn encode(&self) -> Json {
        object([
            ("name", self.name.as_str().into()),
            ("public", self.public.json.clone()),
            ("offset", self.clock_offset.into()),
        ])
    }

    pub(super) fn decode(json: &Json) -> Result<ProofKey, Corrupt> {
        let fields = Fields(json);
        let public = fields.present("public").and_then(Jwk::from_json).ok_or(Corrupt)?;
        Ok(ProofKey { name: fields.text("name")?.to_owned(), public, clock_offset: fields.whole("offset")? })
    }
}

/// What the names of all keys begin with that were made for that [`owner`](super::account::owner).
pub fn prefix(namespace: &str, owner: &str) -> String {
    [&prefix_of_all(namespace), "@", owner, "."].concat()
}

/// The name of a key that is made now: in the order of their names, keys of an owner are in that of their age.
pub fn name(namespace: &str, owner: &str, now: Millis, random: &str) -> String {
    [&prefix(namespace, owner), &*decimal::text(now), ".", random].concat()
}

/// What the names of all keys of a namespace begin with. Release 0.1.0 wrote their time right behind it: such keys do not
/// say whose they are.
pub fn prefix_of_all(namespace: &str) -> String {
    [namespace, ":proof:"].concat()
}

/// In the order of names, what comes before this was made before that time, by release 0.1.0.
pub fn unowned_before(namespace: &str, time: Millis) -> String {
    prefix_of_all(namespace) + &decimal::text(time)
}

/// In the order of names, what comes before this are all keys that do not say whose they are, and no other.
pub fn unowned_end(namespace: &str) -> String {
    prefix_of_all(namespace) + ":"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f7_a_key_says_whose_it_is_and_older_ones_come_first() {
        let key = |owner, now| name("ns", owner, now, "x");
        assert!(key("a", 1_700_000_000_000).starts_with(&prefix("ns", "a")));
        assert!(!key("ab", 1).starts_with(&prefix("ns", "a")));
        assert!(key("a", 1_700_000_000_000) < key("a", 1_700_000_000_001));
        let unowned = "ns:proof:1700000000000.x";
        let (between, end) = (unowned_before("ns", 1_700_000_000_001), unowned_end("ns"));
        assert!(*unowned < *between && *unowned < *end);
        for digit in ["0", "9", "-", "_", "A", "z"] {
            assert!(key(digit, 0) > end && key(digit, 0) > between, "{digit}");
        }
    }
}
