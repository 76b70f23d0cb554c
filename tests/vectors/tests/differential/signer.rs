//! A provider's keys, and tokens that they sign.

use keyward::platform::sim::parse_json;
use keyward::protocol::base64url;
use keyward::protocol::jwks::KeySet;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

/// What the provider signs with. Each has its own key, but for the RSA algorithms, which share one.
pub(super) const ALGORITHMS: [&str; 8] = ["RS256", "RS384", "RS512", "PS256", "PS512", "ES256", "ES384", "EdDSA"];

/// Private keys; those of the curves are new in every run, as no verdict depends on them.
pub(super) struct Signer {
    random: SystemRandom,
    rsa: RsaKeyPair,
    rsa_public: Value,
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl Signer {
    pub(super) fn new() -> Signer {
        let random = SystemRandom::new();
        let (rsa, rsa_public) = rsa();
        let curve = |algorithm: &'static EcdsaSigningAlgorithm| {
            let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
        };
        let p256 = curve(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
        let p384 = curve(&signature::ECDSA_P384_SHA384_FIXED_SIGNING);
        let ed25519 = Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref()).unwrap();
        Signer { random, rsa, rsa_public, p256, p384, ed25519 }
    }

    /// The name of the key for an algorithm.
    pub(super) fn kid(algorithm: &str) -> &'static str {
        match algorithm {
            "ES256" => "p256",
            "ES384" => "p384",
            "EdDSA" => "ed25519",
            _ => "rsa",
        }
    }

    /// The provider's key set, with a key in it that is not for signatures.
    pub(super) fn public(&self) -> Value {
        let point = |pair: &EcdsaKeyPair, crv: &str, alg: &str| {
            let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
            let (x, y) = (base64url::encode(x), base64url::encode(y));
            json!({ "kty": "EC", "crv": crv, "alg": alg, "use": "sig", "kid": Signer::kid(alg), "x": x, "y": y })
        };
        let ed25519 = base64url::encode(self.ed25519.public_key().as_ref());
        let mut encryption = self.rsa_public.clone();
        encryption["kid"] = "encryption".into();
        encryption["use"] = "enc".into();
        json!({ "keys": [
            encryption,
            self.rsa_public,
            point(&self.p256, "P-256", "ES256"),
            point(&self.p384, "P-384", "ES384"),
            { "kty": "OKP", "crv": "Ed25519", "kid": "ed25519", "x": ed25519 },
        ]})
    }

    /// The same, as Keyward reads it.
    pub(super) fn key_set(&self) -> KeySet {
        KeySet::from_json(&parse_json(&self.public().to_string()).unwrap()).unwrap()
    }

    /// The signature of that algorithm.
    pub(super) fn sign(&self, algorithm: &str, signed: &[u8]) -> Vec<u8> {
        let rsa = |encoding: &'static dyn RsaEncoding| {
            let mut octets = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(encoding, &self.random, signed, &mut octets).unwrap();
            octets
        };
        let curve = |pair: &EcdsaKeyPair| pair.sign(&self.random, signed).unwrap().as_ref().to_vec();
        match algorithm {
            "RS256" => rsa(&signature::RSA_PKCS1_SHA256),
            "RS384" => rsa(&signature::RSA_PKCS1_SHA384),
            "RS512" => rsa(&signature::RSA_PKCS1_SHA512),
            "PS256" => rsa(&signature::RSA_PSS_SHA256),
            "PS512" => rsa(&signature::RSA_PSS_SHA512),
            "ES256" => curve(&self.p256),
            "ES384" => curve(&self.p384),
            "EdDSA" => self.ed25519.sign(signed).as_ref().to_vec(),
            other => panic!("no key for {other}"),
        }
    }
}

/// The key of RFC 7520 section 3.4, which everybody knows.
fn rsa() -> (RsaKeyPair, Value) {
    let key: Value = serde_json::from_str(include_str!("rfc_7520_rsa_key.json")).unwrap();
    let member = |name: &str| base64url::decode(key[name].as_str().unwrap()).unwrap();
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: member("n"), e: member("e") },
        d: member("d"),
        p: member("p"),
        q: member("q"),
        dP: member("dp"),
        dQ: member("dq"),
        qInv: member("qi"),
    };
    let public = json!({ "kty": "RSA", "kid": "rsa", "n": key["n"], "e": key["e"] });
    (RsaKeyPair::from_components(&components).unwrap(), public)
}
