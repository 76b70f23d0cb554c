//! The provider's keys, a stranger's, and one that is too weak.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use num_bigint::BigUint;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use ring::{digest, hmac};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// Every algorithm that the provider signs with.
pub const ALGORITHMS: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// How a token is signed, whatever its header says.
#[derive(Clone, Debug)]
pub enum Signer {
    /// With the published key for that algorithm.
    Own(&'static str),
    /// With keys of the same kind that the provider never published: ES256, EdDSA.
    Stranger(&'static str),
    /// RS256 with an RSA key of 1024 bits.
    Weak,
    /// HS256 with these octets.
    Hmac(Vec<u8>),
    /// These octets.
    Octets(Vec<u8>),
}

/// The keys of this process. RSA keys take long to make, so theirs are files.
pub struct Keys {
    random: SystemRandom,
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
    stranger_p256: EcdsaKeyPair,
    stranger_ed25519: Ed25519KeyPair,
    weak_modulus: BigUint,
    weak_exponent: BigUint,
}

/// The keys, made when they are first needed.
pub fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(Keys::make)
}

/// 43 random characters.
pub fn random_text() -> String {
    let mut octets = [0; 32];
    keys().random.fill(&mut octets).expect("the machine has randomness");
    encode(&octets)
}

/// base64url without padding.
pub fn encode(octets: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(octets)
}

/// SHA-256, for PKCE.
pub fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

impl Keys {
    fn make() -> Keys {
        let random = SystemRandom::new();
        let ec = |algorithm: &'static EcdsaSigningAlgorithm| {
            let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key can be made");
            EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).expect("a made key is a key")
        };
        let ed = || {
            let document = Ed25519KeyPair::generate_pkcs8(&random).expect("a key can be made");
            Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a made key is a key")
        };
        let rsa = include_bytes!("../keys/rsa-2048-for-tests-only.pk8");
        let mut weak = include_str!("../keys/rsa-1024-for-tests-only.txt").lines().skip(1);
        let mut number = || BigUint::parse_bytes(weak.next().unwrap_or_default().as_bytes(), 16).expect("a number");
        Keys {
            rsa: RsaKeyPair::from_pkcs8(rsa).expect("the file is a key"),
            p256: ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            p384: ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            ed25519: ed(),
            stranger_p256: ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            stranger_ed25519: ed(),
            weak_modulus: number(),
            weak_exponent: number(),
            random,
        }
    }

    /// The published key set: one key of each kind.
    pub fn public(&self) -> Value {
        let rsa: PublicKeyComponents<Vec<u8>> = self.rsa.public_key().into();
        json!({ "keys": [
            { "kty": "RSA", "kid": "rsa", "use": "sig", "n": encode(&rsa.n), "e": encode(&rsa.e) },
            ec_jwk("P-256", "p256", "ES256", &self.p256),
            ec_jwk("P-384", "p384", "ES384", &self.p384),
            ed_jwk("ed25519", &self.ed25519),
        ]})
    }

    /// The stranger's public keys, under the names of the published ones.
    pub fn strangers(&self) -> [Value; 2] {
        [ec_jwk("P-256", "p256", "ES256", &self.stranger_p256), ed_jwk("ed25519", &self.stranger_ed25519)]
    }

    /// The public key that is too weak.
    pub fn weak(&self) -> Value {
        json!({ "kty": "RSA", "kid": "weak", "use": "sig", "n": encode(&self.weak_modulus.to_bytes_be()), "e": "AQAB" })
    }

    /// The `kid` of the published key for that algorithm.
    pub fn kid(algorithm: &str) -> &'static str {
        match algorithm {
            "ES256" => "p256",
            "ES384" => "p384",
            "EdDSA" => "ed25519",
            _ => "rsa",
        }
    }

    /// The octets of a signature.
    pub fn sign(&self, signer: &Signer, input: &str) -> Vec<u8> {
        let input = input.as_bytes();
        let ec = |key: &EcdsaKeyPair| key.sign(&self.random, input).expect("a key signs").as_ref().to_vec();
        match signer {
            Signer::Own("ES256") => ec(&self.p256),
            Signer::Own("ES384") => ec(&self.p384),
            Signer::Own("EdDSA") => self.ed25519.sign(input).as_ref().to_vec(),
            Signer::Own("RS384") => self.rsa(&signature::RSA_PKCS1_SHA384, input),
            Signer::Own("RS512") => self.rsa(&signature::RSA_PKCS1_SHA512, input),
            Signer::Own("PS256") => self.rsa(&signature::RSA_PSS_SHA256, input),
            Signer::Own("PS384") => self.rsa(&signature::RSA_PSS_SHA384, input),
            Signer::Own("PS512") => self.rsa(&signature::RSA_PSS_SHA512, input),
            Signer::Own(_) => self.rsa(&signature::RSA_PKCS1_SHA256, input),
            Signer::Stranger("EdDSA") => self.stranger_ed25519.sign(input).as_ref().to_vec(),
            Signer::Stranger(_) => ec(&self.stranger_p256),
            Signer::Weak => self.weakly(input),
            Signer::Hmac(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input).as_ref().to_vec(),
            Signer::Octets(octets) => octets.clone(),
        }
    }

    fn rsa(&self, encoding: &'static dyn RsaEncoding, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public().modulus_len()];
        self.rsa.sign(encoding, &self.random, input, &mut signature).expect("a key signs");
        signature
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.1), by hand: no library signs with a key this short.
    fn weakly(&self, input: &[u8]) -> Vec<u8> {
        const SIZE: usize = 128;
        const DIGEST_INFO: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ];
        let hash = digest::digest(&digest::SHA256, input);
        let mut message = vec![0, 1];
        message.resize(SIZE - DIGEST_INFO.len() - hash.as_ref().len() - 1, 0xff);
        message.push(0);
        message.extend(DIGEST_INFO);
        message.extend(hash.as_ref());
        let signature = BigUint::from_bytes_be(&message).modpow(&self.weak_exponent, &self.weak_modulus).to_bytes_be();
        [vec![0; SIZE - signature.len()], signature].concat()
    }
}

fn ec_jwk(curve: &str, kid: &str, alg: &str, key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let (x, y) = point[1..].split_at((point.len() - 1) / 2);
    json!({ "kty": "EC", "crv": curve, "kid": kid, "alg": alg, "use": "sig", "x": encode(x), "y": encode(y) })
}

fn ed_jwk(kid: &str, key: &Ed25519KeyPair) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "use": "sig", "x": encode(key.public_key().as_ref()) })
}
