//! The provider's public keys (RFC 7517), and which of them may verify a token.

use super::base64url;
use super::error::{Error, ErrorCode};
use super::http::Response;
use super::jose::{Algorithm, Header};
use super::json::{Json, Parser};
use super::metadata;
use sha2::{Digest as _, Sha256};

/// A key set. Keys that cannot verify a token are left out when it is read.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct KeySet {
    /// The keys for signatures.
    pub keys: Vec<Jwk>,
}

/// A public key for signatures.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwk {
    /// The required public members and nothing else: what a cryptography library imports, whatever the algorithm.
    pub json: Json,
    /// `kid`
    pub kid: Option<String>,
    /// `kty` and `crv`
    pub kty: KeyType,
    /// `alg`: the only algorithm that the key is for.
    pub alg: Option<String>,
}

/// The kinds of key that are known here (RFC 7518 section 6.1, RFC 8037 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// RSA of at least 2048 bits.
    Rsa,
    /// The elliptic curve P-256.
    P256,
    /// The elliptic curve P-384.
    P384,
    /// The elliptic curve P-521.
    P521,
    /// Ed25519.
    Ed25519,
}

impl KeySet {
    /// Processes the response of `jwks_uri`.
    pub fn process(response: &Response, parse: Parser) -> Result<KeySet, Error> {
        Self::from_json(&metadata::document(response, parse)?)
    }

    /// Reads a key set (RFC 7517 section 5). Keys of unknown kind, for encryption, or too weak are skipped.
    pub fn from_json(json: &Json) -> Result<KeySet, Error> {
        let Some(keys) = json.get("keys").and_then(Json::elements) else {
            return Err(Error::new(ErrorCode::InvalidMetadata, "`jwks_uri` holds no array `keys`"));
        };
        Ok(KeySet { keys: keys.iter().filter_map(Jwk::from_json).collect() })
    }

    /// The set as it was read, for the cache.
    pub fn to_json(&self) -> Json {
        Json::Object(vec![("keys".into(), Json::Array(self.keys.iter().map(Jwk::to_json).collect()))])
    }

    /// The keys that may have signed a token with this header: those of its `kid`, or without one every key that
    /// fits the algorithm. Empty for an unknown `kid`: the caller fetches the set again.
    pub fn candidates(&self, header: &Header) -> Vec<&Jwk> {
        let named = |key: &&Jwk| header.kid.is_none() || key.kid == header.kid;
        self.keys.iter().filter(named).filter(|key| key.fits(header.alg)).collect()
    }
}

impl Jwk {
    /// Reads one public key; `None` if it is not a sound public key for signatures, of a known kind.
    pub fn from_json(json: &Json) -> Option<Jwk> {
        let for_signatures = json.given("use").is_none_or(|usage| usage.as_str() == Some("sig"))
            && json.given("key_ops").is_none_or(lists_verify);
        let kty = KeyType::of(json)?;
        let mut members = Vec::new();
        for name in kty.required() {
            members.push(((*name).to_owned(), Json::from(json.str(name)?)));
        }
        let text = |name: &str| match json.given(name) {
            None => Some(None),
            Some(value) => value.as_str().map(|text| Some(text.to_owned())),
        };
        let key = Jwk { json: Json::Object(members), kid: text("kid")?, kty, alg: text("alg")? };
        (for_signatures && kty.is_sound(&key.json)).then_some(key)
    }

    /// The public key with its `kid` and `alg`.
    pub fn to_json(&self) -> Json {
        let mut members = self.json.members().unwrap_or_default().to_vec();
        let named = [("kid", &self.kid), ("alg", &self.alg)];
        members
            .extend(named.into_iter().filter_map(|(name, value)| Some((name.into(), Json::from(value.as_deref()?)))));
        Json::Object(members)
    }

    /// Whether the key can be of a signature of that algorithm.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        let kty = match algorithm {
            Algorithm::Es256 => KeyType::P256,
            Algorithm::Es384 => KeyType::P384,
            Algorithm::Es512 => KeyType::P521,
            Algorithm::EdDsa => KeyType::Ed25519,
            _ => KeyType::Rsa,
        };
        // RFC 9864 gives EdDSA on this curve the name of the curve.
        let named = |alg: &str| alg == algorithm.name() || (kty == KeyType::Ed25519 && alg == "Ed25519");
        self.kty == kty && self.alg.as_deref().is_none_or(named)
    }
}

/// The SHA-256 thumbprint of a key (RFC 7638 section 3).
pub fn thumbprint(key: &Jwk) -> String {
    base64url::encode(&Sha256::digest(key.json.to_text().as_bytes()))
}

impl KeyType {
    fn of(json: &Json) -> Option<KeyType> {
        match (json.str("kty")?, json.str("crv")) {
            ("RSA", _) => Some(KeyType::Rsa),
            ("EC", Some("P-256")) => Some(KeyType::P256),
            ("EC", Some("P-384")) => Some(KeyType::P384),
            ("EC", Some("P-521")) => Some(KeyType::P521),
            ("OKP", Some("Ed25519")) => Some(KeyType::Ed25519),
            _ => None,
        }
    }

    /// In lexicographic order, which the thumbprint is taken in.
    fn required(self) -> &'static [&'static str] {
        match self {
            KeyType::Rsa => &["e", "kty", "n"],
            KeyType::Ed25519 => &["crv", "kty", "x"],
            _ => &["crv", "kty", "x", "y"],
        }
    }

    fn is_sound(self, json: &Json) -> bool {
        let octets = |name: &str| json.str(name).and_then(base64url::decode);
        let sized = |name: &str, size: usize| octets(name).is_some_and(|octets| octets.len() == size);
        match self {
            KeyType::Rsa => {
                octets("n").is_some_and(|modulus| (2048..=16384).contains(&bits(&modulus)))
                    && octets("e").is_some_and(|exponent| {
                        bits(&exponent) >= 2 && exponent.last().is_some_and(|last| last % 2 == 1)
                    })
            }
            KeyType::P256 => sized("x", 32) && sized("y", 32),
            KeyType::P384 => sized("x", 48) && sized("y", 48),
            KeyType::P521 => sized("x", 66) && sized("y", 66),
            KeyType::Ed25519 => sized("x", 32),
        }
    }
}

fn lists_verify(key_ops: &Json) -> bool {
    key_ops.elements().is_some_and(|operations| operations.iter().any(|operation| operation.as_str() == Some("verify")))
}

/// The length of a big-endian number in bits, leading zeros not counted.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let top = number.get(zeros).map_or(0, |octet| octet.leading_zeros() as usize);
    (number.len() - zeros) * 8 - top
}

#[cfg(test)]
mod tests;
