//! Signatures, verified by `ring`; those of P-521, which it does not know, by `p521`.

use keyward::protocol::base64url;
use keyward::protocol::jose::Algorithm;
use keyward::protocol::jwks::Jwk;
use p521::ecdsa::signature::Verifier as _;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

/// Whether the signature is of that key.
pub(crate) fn verify(key: &Jwk, algorithm: Algorithm, signed: &[u8], octets: &[u8]) -> bool {
    let curve = |algorithm: &'static dyn VerificationAlgorithm, point: Vec<u8>| {
        UnparsedPublicKey::new(algorithm, point).verify(signed, octets).is_ok()
    };
    let rsa = |parameters: &RsaParameters| {
        let (n, e) = (unsigned(member(key, "n")), unsigned(member(key, "e")));
        RsaPublicKeyComponents { n, e }.verify(parameters, signed, octets).is_ok()
    };
    match algorithm {
        Algorithm::Rs256 => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => rsa(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => rsa(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => rsa(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 => curve(&signature::ECDSA_P256_SHA256_FIXED, point(key)),
        Algorithm::Es384 => curve(&signature::ECDSA_P384_SHA384_FIXED, point(key)),
        Algorithm::Es512 => p521_verify(&point(key), signed, octets),
        Algorithm::EdDsa => curve(&signature::ED25519, member(key, "x")),
    }
}

fn p521_verify(point: &[u8], signed: &[u8], octets: &[u8]) -> bool {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point);
    let signature = p521::ecdsa::Signature::from_slice(octets);
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(signed, &signature).is_ok()))
}

/// A point in the uncompressed form (SEC 1 section 2.3.3).
fn point(key: &Jwk) -> Vec<u8> {
    [vec![4], member(key, "x"), member(key, "y")].concat()
}

fn member(key: &Jwk, name: &str) -> Vec<u8> {
    key.json.str(name).and_then(base64url::decode).expect("Keyward keeps no key without its members")
}

/// Without leading zeros, as `ring` wants numbers.
fn unsigned(number: Vec<u8>) -> Vec<u8> {
    number.into_iter().skip_while(|octet| *octet == 0).collect()
}
