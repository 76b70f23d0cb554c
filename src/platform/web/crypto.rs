//! WebCrypto.

use super::interop::{array, call, get, get_text, global, is_absent, object, settled};
use super::json::to_js;
use crate::platform::CryptoError;
use crate::prelude::*;
use crate::protocol::jose::{Algorithm, HashKind};
use crate::protocol::jwks::Jwk;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// Stops everything if there is no source of randomness: no value at all is better than one that can be guessed. Every
/// browser that runs WebAssembly has one.
#[expect(clippy::panic, reason = "an exception would leave promises pending; a panic is told to the package")]
pub(super) fn random() -> [u8; 32] {
    let mut octets = [0; 32];
    if getrandom::fill(&mut octets).is_err() {
        panic!("no source of randomness");
    }
    octets
}

pub(super) async fn digest(kind: HashKind, octets: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let hashing = call(&subtle()?, "digest", vec![kind.name().into(), Uint8Array::from(octets).into()]);
    settled(hashing).await.map(|hash| Uint8Array::new(&hash).to_vec()).map_err(refusal)
}

fn subtle() -> Result<JsValue, CryptoError> {
    let subtle = get(&global("crypto"), "subtle");
    if is_absent(&subtle) { Err(CryptoError::Unavailable) } else { Ok(subtle) }
}

pub(super) async fn verify(
    key: &Jwk,
    algorithm: Algorithm,
    signed: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    let subtle = subtle()?;
    if !key.admits(signature) {
        return Ok(false);
    }
    let parameters = parameters(algorithm);
    // Copies: a browser refuses views of memory that threads share.
    let (signature, signed) = (Uint8Array::from(signature), Uint8Array::from(signed));

    let usages = array(vec!["verify".into()]);
    let import = vec!["jwk".into(), to_js(&key.json), parameters.clone(), false.into(), usages];
    let key = settled(call(&subtle, "importKey", import)).await.map_err(refusal)?;
    let verification = vec![parameters, key, signature.into(), signed.into()];
    settled(call(&subtle, "verify", verification)).await.map(|verdict| verdict.is_truthy()).map_err(refusal)
}

/// For the import and for the verification alike; members that one of them does not know are ignored.
fn parameters(algorithm: Algorithm) -> JsValue {
    let (name, bits) = match algorithm {
        Algorithm::Rs256 => ("RSASSA-PKCS1-v1_5", 256),
        Algorithm::Rs384 => ("RSASSA-PKCS1-v1_5", 384),
        Algorithm::Rs512 => ("RSASSA-PKCS1-v1_5", 512),
        Algorithm::Ps256 => ("RSA-PSS", 256),
        Algorithm::Ps384 => ("RSA-PSS", 384),
        Algorithm::Ps512 => ("RSA-PSS", 512),
        Algorithm::Es256 => ("ECDSA", 256),
        Algorithm::Es384 => ("ECDSA", 384),
        Algorithm::Es512 => ("ECDSA", 512),
        Algorithm::EdDsa => ("Ed25519", 512),
    };
    let (hash, curve) = match bits {
        256 => ("SHA-256", "P-256"),
        384 => ("SHA-384", "P-384"),
        _ => ("SHA-512", "P-521"),
    };
    object(vec![
        ("name", name.into()),
        ("namedCurve", curve.into()),
        ("hash", hash.into()),
        ("saltLength", (bits / 8).into()),
    ])
}

fn refusal(thrown: JsValue) -> CryptoError {
    match get_text(&thrown, "name").as_deref() {
        Some("NotSupportedError") => CryptoError::UnsupportedAlgorithm,
        _ => CryptoError::InvalidKey,
    }
}
