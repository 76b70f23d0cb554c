//! Signatures over JWKs with `ring`, which knows no P-521. Like WebCrypto, it does not mind a short RSA key.

use keyward::platform::CryptoError;
use keyward::protocol::base64url;
use keyward::protocol::jose::Algorithm;
use keyward::protocol::jwks::Jwk;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

pub(crate) fn verify(key: &Jwk, algorithm: Algorithm, signed: &[u8], octets: &[u8]) -> Result<bool, CryptoError> {
    let member = |name: &str| key.json.str(name).and_then(base64url::decode).ok_or(CryptoError::InvalidKey);
    let rsa = |parameters: &RsaParameters| {
        let components = RsaPublicKeyComponents { n: member("n")?, e: member("e")? };
        Ok(components.verify(parameters, signed, octets).is_ok())
    };
    let curve = |algorithm: &'static dyn VerificationAlgorithm, point: Vec<u8>| {
        Ok(UnparsedPublicKey::new(algorithm, point).verify(signed, octets).is_ok())
    };
    let point = || Ok([vec![4], member("x")?, member("y")?].concat());
    match algorithm {
        Algorithm::Rs256 => rsa(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        Algorithm::Rs384 => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => rsa(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        Algorithm::Ps256 => rsa(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => rsa(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => rsa(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 => curve(&signature::ECDSA_P256_SHA256_FIXED, point()?),
        Algorithm::Es384 => curve(&signature::ECDSA_P384_SHA384_FIXED, point()?),
        Algorithm::EdDsa => curve(&signature::ED25519, member("x")?),
        Algorithm::Es512 => Err(CryptoError::UnsupportedAlgorithm),
    }
}
