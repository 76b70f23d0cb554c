//! The other judge: the `jsonwebtoken` crate, used as its documentation says, over the same cryptography.

use super::{AUDIENCE, ISSUER, TOLERANCE_SECONDS};
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, Validation, decode, decode_header};
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;

/// Accepts the token, or says why not.
pub(super) fn judge(token: &str, keys: &JwkSet) -> Result<(), String> {
    let header = decode_header(token).map_err(|error| error.to_string())?;
    if matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err("no HMAC is configured".to_owned());
    }
    let mut validation = Validation::new(header.alg);
    validation.leeway = TOLERANCE_SECONDS;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let fitting = |key: &&Jwk| {
        let named = header.kid.is_none() || key.common.key_id == header.kid;
        named && key.common.public_key_use != Some(PublicKeyUse::Encryption) && fits(key, header.alg)
    };
    let mut why = "no key fits".to_owned();
    for key in keys.keys.iter().filter(fitting) {
        let key = DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
        match decode::<Value>(token, &key, &validation) {
            Ok(_) => return Ok(()),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let family = DecodingKey::from_jwk(key).is_ok_and(|key| key.family() == algorithm.family());
    let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    family && named && !matches!(key.algorithm, AlgorithmParameters::OctetKey(_))
}

/// Once a process.
pub(super) fn install() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| Err(Error::from(ErrorKind::InvalidAlgorithm)),
        verifier_factory: |algorithm, key| Ok(Box::new(Ring(*algorithm, key.clone()))),
        key_utils: KeyUtils::new_unimplemented(),
    };
    // Another test of this process may have been first, with the same provider.
    let _ = PROVIDER.install_default();
}

struct Ring(Algorithm, DecodingKey);

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, signed: &[u8], octets: &Vec<u8>) -> Result<(), SignatureError> {
        let curve = |algorithm: &'static dyn VerificationAlgorithm, prefix: &[u8]| match self.1.kind() {
            DecodingKeyKind::SecretOrDer(point) => {
                UnparsedPublicKey::new(algorithm, [prefix, point].concat()).verify(signed, octets).is_ok()
            }
            DecodingKeyKind::RsaModulusExponent { .. } => false,
        };
        let rsa = |parameters: &RsaParameters| match self.1.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, octets).is_ok()
            }
            DecodingKeyKind::SecretOrDer(_) => false,
        };
        let good = match self.0 {
            Algorithm::RS256 => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => rsa(&signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => rsa(&signature::RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => rsa(&signature::RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => curve(&signature::ECDSA_P256_SHA256_FIXED, &[]),
            Algorithm::ES384 => curve(&signature::ECDSA_P384_SHA384_FIXED, &[]),
            Algorithm::EdDSA => curve(&signature::ED25519, &[]),
            _ => false,
        };
        if good { Ok(()) } else { Err(SignatureError::new()) }
    }
}
