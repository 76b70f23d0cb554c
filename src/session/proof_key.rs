//! The key that the tokens of a grant are bound to (RFC 9449). Its private half is in the platform's keeping, under a name.

use super::fields::{Corrupt, Fields, object};
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

/// What the names of all keys of a namespace begin with.
pub fn prefix(namespace: &str) -> String {
    [namespace, ":proof:"].concat()
}

/// The name of a key that is made now: in the order of their names, keys of a namespace are in that of their age.
pub fn name(namespace: &str, now: Millis, random: &str) -> String {
    [&prefix(namespace), &*decimal::text(now), ".", random].concat()
}
