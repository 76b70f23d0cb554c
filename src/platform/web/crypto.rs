//! WebCrypto.

use super::interop::{get_text, global, member, object};
use super::json::to_js;
use crate::platform::CryptoError;
use crate::protocol::jose::Algorithm;
use crate::protocol::jwks::Jwk;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    type SubtleCrypto;
    #[wasm_bindgen(method, js_name = importKey, catch)]
    fn import_key(
        this: &SubtleCrypto,
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: Vec<JsValue>,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn verify(
        this: &SubtleCrypto,
        algorithm: &JsValue,
        key: &JsValue,
        signature: Uint8Array,
        signed: Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Stops everything if there is no source of randomness: no value at all is better than one that can be guessed. Every
/// browser that runs WebAssembly has one.
pub(super) fn random() -> [u8; 32] {
    let mut octets = [0; 32];
    if getrandom::fill(&mut octets).is_err() {
        wasm_bindgen::throw_str("no source of randomness");
    }
    octets
}

pub(super) async fn verify(
    key: &Jwk,
    algorithm: Algorithm,
    signed: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    let subtle = global("crypto").and_then(|crypto| member(&crypto, "subtle")).ok_or(CryptoError::Unavailable)?;
    let subtle: SubtleCrypto = subtle.unchecked_into();
    let parameters = parameters(algorithm);
    // Copies: a browser refuses views of memory that threads share.
    let (signature, signed) = (Uint8Array::from(signature), Uint8Array::from(signed));

    let imported = subtle.import_key("jwk", &to_js(&key.json), &parameters, false, vec!["verify".into()]);
    let key = settle(imported).await?;
    settle(subtle.verify(&parameters, &key, signature, signed)).await.map(|verdict| verdict.is_truthy())
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
    object(&[
        ("name", name.into()),
        ("namedCurve", curve.into()),
        ("hash", hash.into()),
        ("saltLength", (bits / 8).into()),
    ])
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<JsValue, CryptoError> {
    let settled = match promise {
        Ok(promise) => JsFuture::from(promise).await,
        Err(reason) => Err(reason),
    };
    settled.map_err(|reason| match get_text(&reason, "name").as_deref() {
        Some("NotSupportedError") => CryptoError::UnsupportedAlgorithm,
        _ => CryptoError::InvalidKey,
    })
}
