//! Proof Key for Code Exchange, method S256 and no other (RFC 7636).

use super::base64url;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The code verifier (RFC 7636 section 4.1). It proves to the token endpoint who began the transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(String);

impl Verifier {
    /// A new verifier from 32 random octets: 43 characters.
    pub fn from_random(octets: [u8; 32]) -> Self {
        Verifier(base64url::encode(&octets))
    }

    /// A verifier that was stored; `None` for a text that cannot be one.
    pub fn from_stored(text: &str) -> Option<Self> {
        let unreserved = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~');
        ((43..=128).contains(&text.len()) && text.bytes().all(unreserved)).then(|| Verifier(text.to_owned()))
    }

    /// The text for the token request and for the transaction record. A secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code challenge, method S256 (RFC 7636 section 4.2).
    pub fn challenge(&self) -> String {
        base64url::encode(&Sha256::digest(self.0.as_bytes()))
    }
}

/// A secret: nothing of it is shown.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}
