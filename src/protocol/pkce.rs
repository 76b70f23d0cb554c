//! Proof Key for Code Exchange, method S256 and no other (RFC 7636).

use super::base64url;
use crate::prelude::*;
use core::fmt;
use sha2::{Digest as _, Sha256};

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

#[cfg(test)]
mod tests {
    use super::*;

    const OCTETS: [u8; 32] = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];

    #[test]
    fn rfc_7636_appendix_b_example() {
        let verifier = Verifier::from_random(OCTETS);
        assert_eq!(verifier.as_str(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn rfc_7636_section_4_1_what_is_stored_is_read_back_and_nothing_else() {
        let verifier = Verifier::from_random(OCTETS);
        assert_eq!(Verifier::from_stored(verifier.as_str()), Some(verifier));
        let longest = "aZ09-._~".repeat(16);
        assert_eq!(Verifier::from_stored(&longest).unwrap().as_str(), longest);
        for refused in ["", &"a".repeat(42), &"a".repeat(129), &["a".repeat(42), "+".into()].concat(), &"é".repeat(43)]
        {
            assert_eq!(Verifier::from_stored(refused), None);
        }
    }

    #[test]
    fn j2_a_verifier_is_not_shown() {
        assert_eq!(format!("{:?}", Verifier::from_random(OCTETS)), "Verifier(..)");
    }
}
