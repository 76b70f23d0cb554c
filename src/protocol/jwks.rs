//! The provider's public keys (RFC 7517), and which of them may verify a token.

use super::base64url;
use super::error::{Error, ErrorCode};
use super::http::Response;
use super::jose::{Algorithm, Header};
use super::json::{Json, Parser};
use super::metadata;
use crate::prelude::*;
use sha2::{Digest as _, Sha256};

/// So many keys are tried for one signature.
const MOST_TRIED: usize = 32;

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

    /// The keys that should have signed a token with this header: those of its `kid`; or, where none has it, those without
    /// one. Without a `kid` every key that fits. If there is none, or none verifies, the caller fetches the set again.
    pub fn candidates(&self, header: &Header) -> Vec<&Jwk> {
        let Some(_) = &header.kid else { return self.fitting(header.alg) };
        let of_name = |name: &Option<String>| self.tried(|key| key.kid == *name && key.fits(header.alg));
        let named = of_name(&header.kid);
        if named.is_empty() { of_name(&None) } else { named }
    }

    /// The keys that can have made a signature of that algorithm, whatever their `kid`, which is a hint and no more (RFC
    /// 7517 section 4.5); so many that trying them takes no time that anybody notices.
    pub fn fitting(&self, algorithm: Algorithm) -> Vec<&Jwk> {
        self.tried(|key| key.fits(algorithm))
    }

    fn tried(&self, fits: impl Fn(&Jwk) -> bool) -> Vec<&Jwk> {
        self.keys.iter().filter(|key| fits(key)).take(MOST_TRIED).collect()
    }

    /// Whether a key that fits has the name that the header gives.
    pub fn has_named(&self, header: &Header) -> bool {
        self.keys.iter().any(|key| header.kid.is_some() && key.kid == header.kid && key.fits(header.alg))
    }
}

impl Jwk {
    /// Reads one public key; `None` if it is not a sound public key for signatures, of a known kind.
    pub fn from_json(json: &Json) -> Option<Jwk> {
        let kty = KeyType::of(json)?;
        let is_text = |member| json.given(member).is_none_or(|value| value.as_str().is_some());
        let for_signatures = json.given("use").is_none_or(|usage| usage.as_str() == Some("sig"))
            && json.given("key_ops").is_none_or(lists_verify);
        if !for_signatures || !kty.is_sound(json) || !is_text("kid") || !is_text("alg") {
            return None;
        }
        let text = |member| json.str(member).map(str::to_owned);
        let mut members = Vec::new();
        for name in kty.required() {
            members.push(((*name).to_owned(), text(name).into()));
        }
        Some(Jwk { json: Json::Object(members), kid: text("kid"), kty, alg: text("alg") })
    }

    /// The public key with its `kid` and `alg`.
    pub fn to_json(&self) -> Json {
        let mut json = self.json.clone();
        if let Json::Object(members) = &mut json {
            for (name, value) in [("kid", &self.kid), ("alg", &self.alg)] {
                if let Some(value) = value {
                    members.push((name.to_owned(), Json::String(value.clone())));
                }
            }
        }
        json
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

    /// Whether these octets can be a signature of that key at all. With RSA it is as long as the modulus, and smaller
    /// (RFC 8017 sections 5.2.2 and 8.1.2): WebKitGTK 2.50 takes others as well.
    pub fn admits(&self, signature: &[u8]) -> bool {
        let modulus = self.json.str("n").and_then(base64url::decode).unwrap_or_default();
        let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
        let modulus = modulus.get(zeros..).unwrap_or_default();
        self.kty != KeyType::Rsa || (signature.len() == modulus.len() && signature < modulus)
    }
}

/// The SHA-256 thumbprint of a key (RFC 7638 section 3).
pub fn thumbprint(key: &Jwk) -> String {
    base64url::encode(&Sha256::digest(key.json.to_text().as_bytes()))
}

/// `kty` and `crv` of the curves, and how many octets a coordinate has (RFC 7518 section 6.2.1.2, RFC 8037 section 2).
const CURVES: &[(KeyType, &str, &str, usize)] = &[
    (KeyType::P256, "EC", "P-256", 32),
    (KeyType::P384, "EC", "P-384", 48),
    (KeyType::P521, "EC", "P-521", 66),
    (KeyType::Ed25519, "OKP", "Ed25519", 32),
];

impl KeyType {
    fn of(json: &Json) -> Option<KeyType> {
        let kty = json.str("kty")?;
        if kty == "RSA" {
            return Some(KeyType::Rsa);
        }
        let crv = json.str("crv")?;
        CURVES.iter().find(|curve| curve.1 == kty && curve.2 == crv).map(|curve| curve.0)
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
        let octets = |name| json.str(name).and_then(base64url::decode).unwrap_or_default();
        match CURVES.iter().find(|curve| curve.0 == self) {
            Some((_, kty, _, size)) => octets("x").len() == *size && (*kty == "OKP" || octets("y").len() == *size),
            None => {
                let exponent = octets("e");
                let odd = exponent.last().is_some_and(|last| last % 2 == 1);
                (2048..=16384).contains(&bits(&octets("n"))) && bits(&exponent) >= 2 && odd
            }
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
